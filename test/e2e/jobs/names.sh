#!/bin/bash
# names.sh resolvconf|openresolv: name servers published to the real one, beside a VPN's and another line's own records.
#
#   eth0 198.51.100.2 (own server 198.51.100.53), usb0 198.51.101.2 (own server 9.9.9.9)
set -eu
# shellcheck source=lib.sh
. /xchg/jobs/lib.sh
package=$1

for line in "eth0 198.51.100" "usb0 198.51.101"; do
  read -r device network <<<"$line"
  ip link add "$device" type veth peer name "far-$device"
  ip addr add "$network.2/24" dev "$device"
  ip link set "$device" up
  ip link set "far-$device" up
done

dpkg --install "/extra/${package}"_*.deb >/dev/null 2>&1
mkdir -p /run/resolvconf/interface /run/resolvconf/interfaces
[ "$package" = openresolv ] || resolvconf --enable-updates
ln -sf /run/resolvconf/resolv.conf /etc/resolv.conf
[ "$package" = resolvconf ] || ln -sf /etc/resolv.conf.made /etc/resolv.conf
[ "$package" = resolvconf ] || echo 'resolv_conf=/etc/resolv.conf.made' >>/etc/resolvconf.conf
servers() { grep '^nameserver' /etc/resolv.conf | cut -d ' ' -f 2 | tr '\n' ' ' || true; }

# What others put there: a VPN, and the line's own DHCP client.
echo 'nameserver 10.99.0.1' | resolvconf -a tun0.openvpn
echo 'nameserver 198.51.100.1' | resolvconf -a eth0.dhclient
fact before "$(servers)"

cp /waymark/dist/waymark /usr/bin/waymark
mkdir -p /etc/waymark
cat >/etc/waymark/waymark.toml <<'END'
[uplink.adsl]
interface = "eth0"
gateway = "198.51.100.1"
tier = 1
dns = "198.51.100.53"

[uplink.lte]
interface = "usb0"
gateway = "198.51.101.1"
tier = 2
dns = ["9.9.9.9"]

[dns]
END
has() { [[ " $(servers) " == *" $1 "* ]]; }
hasnt() { ! has "$1"; }
told() { grep -q '"failed":false' /run/waymark/names-done.json && [ "$(servers)" != "$1" ]; }

waymark apply >/dev/null
wait_for 20 "the first line's server" has 198.51.100.53
fact adsl "$(servers)"
fact resolver "$(grep -o '"resolver":"[a-z-]*"' /run/waymark/names-done.json)"
ip link set eth0 down
waymark apply >/dev/null
wait_for 20 "the other line's server" has 9.9.9.9
fact lte "$(servers)"
ip link set usb0 down
waymark apply >/dev/null
wait_for 20 "no line's server" hasnt 9.9.9.9
fact none "$(servers)"
ip link set eth0 up
waymark apply >/dev/null
wait_for 20 "the first line's server again" has 198.51.100.53
# Somebody wipes it; apply puts it back.
resolvconf -d vpn.waymark
fact wiped "$(servers)"
waymark apply >/dev/null
wait_for 20 "the server that was wiped" has 198.51.100.53
waymark stop | save stop
fact after "$(servers)"
