#!/bin/bash
# A machine whose interfaces ifupdown brings up at boot: one by DHCP, one with fixed addresses of both families, one for pppd.
set -eu
# shellcheck source=ethernet-scene.sh
. /xchg/jobs/ethernet-scene.sh

no_hook_runs() { ! pgrep -f '^/bin/sh /(etc/(network|dhcp)|usr/lib/dhcpcd)/.*waymark' >/dev/null; }
settle() { wait_for 60 "no hook runs" no_hook_runs; }
waymark_said() { tr '<' '\n' </xchg/saved/journal | grep -a ' waymark\['; }

# NAME: all is brought up as networking.service does it, and down again; with the time it took, which nobody asserts.
boot() {
  local began=$EPOCHREALTIME status=0
  ifup -a >"/xchg/saved/ifup-$1" 2>&1 || status=$?
  say "ifup -a ($1) took $(((${EPOCHREALTIME/./} - ${began/./}) / 1000)) ms"
  fact "$1: ifup" "$status"
  fact "$1: up" "$(ifquery --state | cut -d = -f 1 | sort | paste -sd ,)"
  fact "$1: addresses" "$(ip -4 -o addr show scope global | tr -s ' ' | cut -d ' ' -f 2 | sort | paste -sd ,)"
  settle
}
shut_down() {
  local status=0
  ifdown -a --exclude=lo >/tmp/ifdown 2>&1 || status=$?
  fact "$1: ifdown" "$status"
  settle
}

internet
line a 1 eth0
line b 2 eth1
in_namespace isp-b ip addr add 2001:db8:2::1/64 dev port nodad
serve_dhcp a 1 50 50 1 600
mkdir -p /run/network
# What `inet ppp` runs. The kernel has no PPP here; the name in the file is no device in any case.
cat >/usr/local/sbin/pon <<'END'
#!/bin/sh
echo "$0 $*" >>/xchg/saved/pppd
END
cp /usr/local/sbin/pon /usr/local/sbin/poff
chmod 755 /usr/local/sbin/pon /usr/local/sbin/poff
cat >/etc/network/interfaces <<'END'
auto lo
iface lo inet loopback

auto eth0
iface eth0 inet dhcp

auto eth1
iface eth1 inet static
  address 100.64.2.9/24
  gateway 100.64.2.1
  metric 200
  dns-nameservers 100.64.2.53
iface eth1 inet6 static
  address 2001:db8:2::9/64
  gateway 2001:db8:2::1
  accept_ra 0

auto dsl
iface dsl inet ppp
  provider dsl
END

say "without Waymark"
boot bare
ip -4 route show table main | save main.bare
shut_down bare

collect_log
mkdir -p /etc/waymark
cat >/etc/waymark/waymark.toml <<'END'
[uplink.cable]
interface = "eth0"
tier      = 2

[uplink.fixed]
interface = "eth1"
tier      = 1

[uplink.dsl]
peer = "dsl"
tier = 3
END
install_waymark --no-start
rm -rf /run/waymark

say "a boot, and nobody but the hooks"
boot hooked
ip -4 route show table main | save main.hooked
save_status hooked
fact_flows "hooked"
fact "hooked: ipv6" "$(ip -6 route get 2001:db8:77::1 2>&1 | head -n 1)"
fact "hooked: from eth0" "$(ip route get $server from "$(ip -4 -o addr show dev eth0 | sed 's/.*inet \([0-9.]*\).*/\1/')" | head -n 1)"
ip -6 rule | save rules6
waymark_said | save journal.hooked
fact "told of dsl" "$(waymark_said | grep -ca 'ifupdown dsl' || :)"

say "one down and up again"
ifdown eth1 >/dev/null 2>&1
settle
fact_flows "eth1 down"
save_status "eth1-down"
ifup eth1 >/dev/null 2>&1
settle
fact_flows "eth1 up"
fact "eth1 again" "$(ifup eth1 2>&1; echo $?)"

say "all down"
shut_down hooked
save_status down

# Whatever is wrong with Waymark, ifup is none the worse for it.
say "a configuration that is wrong"
cp /etc/waymark/waymark.toml /tmp/good.toml
echo 'interface = 7' >/etc/waymark/waymark.toml
boot wrong
shut_down wrong
rm /etc/waymark/waymark.toml
say "no configuration, and no other"
mv /var/lib/waymark /var/lib/waymark.kept
boot unconfigured
shut_down unconfigured
cp /tmp/good.toml /etc/waymark/waymark.toml
say "no node"
node=$(readlink -f /usr/bin/node)
mv "$node" /tmp/node
boot nodeless
shut_down nodeless
mv /tmp/node "$node"
say "no room for what it notes"
rm -rf /run/waymark
: >/run/waymark
boot roomless
shut_down roomless
rm /run/waymark
say "all well again"
boot again
fact_flows "again"
waymark stop >/dev/null
shut_down again
say "done"
