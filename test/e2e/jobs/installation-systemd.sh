#!/bin/bash
# On a Debian with systemd: the package comes, is upgraded under traffic, removed; install.sh takes over; the package
# takes over again and is purged; install.sh comes and goes.
set -eu
# shellcheck source=installation-lib.sh
. /xchg/jobs/installation-lib.sh

package() { ls /xchg/waymark_"$1"_all.deb; }
apt_get() { apt-get -y -o Dpkg::Use-Pty=0 "$@" 2>&1 </dev/null | tee -a /xchg/saved/apt >/xchg/saved/apt-last; }

systemctl start nftables
two_defaults
somebody_elses
save_files files-before
save_kernel kernel-before

say "install the package"
apt_get install --no-install-recommends "$(package "$1")"
fact package "$(dpkg-query -W -f '${db:Status-Status} ${Version}' waymark)"
cp /xchg/saved/apt-last /xchg/saved/apt-install
save_ours installed
save_units units-installed
waymark status --json | save status
look_at_way way
echo '# mine' >>/etc/waymark/waymark.toml

say "reload nftables"
systemctl reload nftables
# Ours follows by itself; nobody waits for it.
wait_for 60 "Waymark's table is back" nft list table inet waymark

say "upgrade under traffic"
ping -n -i 0.2 203.0.113.1 >/xchg/saved/ping 2>&1 &
pinging=$!
ip monitor rule >/xchg/saved/rules-during-upgrade 2>&1 &
watching=$!
apt_get install --no-install-recommends "$(package "$2")"
kill -INT $pinging
kill $watching
wait $pinging || :
wait $watching || :
fact upgraded "$(dpkg-query -W -f '${db:Status-Status} ${Version}' waymark)"
fact "files upgraded" "$(grep -l -a '^# next version' /usr/bin/waymark /etc/network/if-up.d/waymark | tr '\n' ' ')"
fact configuration "$(tail -n 1 /etc/waymark/waymark.toml)"
save_units units-upgraded

say "install.sh refuses over the package"
if install_waymark >/dev/null; then :; fi
cp /xchg/saved/install /xchg/saved/refused

say "remove"
apt_get remove waymark
save_ours removed
save_kernel kernel-removed
run_hooks "hook of the removed package"
save_kernel kernel-after-hooks
fact run "$(ls -d /run/waymark 2>/dev/null || echo gone)"
fact said "$(journalctl --no-pager -q -t waymark | wc -l) $(sleep 1) $(run_hooks again; journalctl --no-pager -q -t waymark | wc -l)"

say "install.sh takes over"
install_waymark >/dev/null
cp /xchg/saved/install /xchg/saved/taken-over
fact "package now" "$(dpkg-query -W -f '${db:Status-Status}' waymark 2>/dev/null || echo unknown)"
fact "configuration now" "$(tail -n 1 /etc/waymark/waymark.toml)"
save_units units-taken-over

say "the package takes over"
apt_get install --no-install-recommends "$(package "$1")"
cp /xchg/saved/apt-last /xchg/saved/apt-took-over
fact "package then" "$(dpkg-query -W -f '${db:Status-Status}' waymark)" "$(ls /var/lib/waymark/manifest 2>/dev/null || echo no manifest)"
fact verify "$(dpkg --verify waymark)"
fact "left aside" "$(find /etc -name '*waymark*.dpkg-*' | tr '\n' ' ')"
save_units units-again
look_at_way "way again"

say "purge"
apt_get purge waymark
save_files files-purged
save_kernel kernel-purged

say "install.sh, --uninstall, --purge"
install_waymark >/dev/null
save_units units-install.sh
look_at_way "way of install.sh"
(cd /waymark && ./install.sh --uninstall) >/xchg/saved/uninstall 2>&1
save_kernel kernel-uninstalled
fact kept "$(ls /etc/waymark)"
(cd /waymark && ./install.sh --purge) >/xchg/saved/purge 2>&1
save_files files-install.sh-purged
fact failed "$(systemctl --failed --no-legend --plain | tr '\n' ' ')"
