#!/bin/bash
# install.sh on a Debian where no systemd runs, from the first time to the purge; then the package, which must not start
# anything there. Each step's files and routing are kept.
set -eu
# shellcheck source=installation-lib.sh
. /xchg/jobs/installation-lib.sh

two_defaults
somebody_elses
save_files files-before
save_kernel kernel-before

install_waymark >/dev/null
save_ours installed
save_kernel kernel-installed
waymark status --json | save status
look_at_way way
cp /xchg/saved/install /xchg/saved/install-first
cp /etc/waymark/waymark.toml /xchg/saved/configuration

touch /stamp
install_waymark >/dev/null
fact touched "$(find /etc /usr /var/lib -xdev -newer /stamp ! -type d ! -path '/var/lib/waymark/*.json' | tr '\n' ' ')"
fact "second time" "$(grep -c 'nothing changed' /xchg/saved/install || :)"

# The next version, by a user with a newer checkout: another program, another hook, one document less.
cp -r /waymark /next
for file in /next/dist/waymark /next/dist/hooks/ifupdown; do sed -i '2i # next version' "$file"; done
rm /next/docs/demo.md
echo '# mine' >>/etc/waymark/waymark.toml
(cd /next && ./install.sh) >/xchg/saved/upgrade 2>&1
fact upgraded "$(grep -l -a '^# next version' /usr/bin/waymark /etc/network/if-up.d/waymark | tr '\n' ' ')"
fact document "$(ls /usr/share/doc/waymark/demo.md 2>&1 || :)"
fact configuration "$(tail -n 1 /etc/waymark/waymark.toml)"
look_at_way "way after upgrade"

(cd /next && ./install.sh --uninstall) >/xchg/saved/uninstall 2>&1
save_ours uninstalled
save_kernel kernel-uninstalled
(cd /next && ./install.sh --purge) >/xchg/saved/purge 2>&1
save_files files-purged
fact run "$(ls -d /run/waymark 2>/dev/null || echo gone)"

apt-get install -y --no-install-recommends /xchg/waymark_[0-9]*[0-9]_all.deb >/xchg/saved/apt 2>&1
fact package "$(dpkg-query -W -f '${db:Status-Status} ${Version}' waymark)"
save_ours packaged
save_kernel kernel-packaged
fact starting "$(cmp /etc/waymark/waymark.toml /usr/share/waymark/waymark.toml && echo example)"
fact verify "$(dpkg --verify waymark)"
apt-get purge -y waymark >>/xchg/saved/apt 2>&1
save_files files-package-purged
