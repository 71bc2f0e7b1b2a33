#!/bin/bash
# What `waymark doctor` finds among real daemons: NetworkManager, ifplugd, dhclient, dhcpcd, dnsmasq.
set -eu
# shellcheck source=lib.sh
. /xchg/jobs/lib.sh

# NAME: what the doctor says now.
doctor() {
  local status=0
  waymark doctor --json >"/xchg/saved/$1" || status=$?
  fact "$1" "$status"
}

# NAME NETWORK: a device with a provider behind it who gives out addresses.
provider() {
  ip netns add "isp-$1"
  ip link add "$1" type veth peer name customer netns "isp-$1"
  ip -n "isp-$1" link set customer up
  ip -n "isp-$1" addr add "$2.1/24" dev customer
  ip link set "$1" up
  ip netns exec "isp-$1" dnsmasq --keep-in-foreground --port=0 --interface=customer --bind-interfaces \
    --dhcp-range="$2.50,$2.60,2m" --dhcp-option="3,$2.1" --dhcp-leasefile="/tmp/leases-$1" \
    --pid-file="/tmp/dnsmasq-$1.pid" >/dev/null 2>&1 &
}

has_address() { ip -4 -o address show dev "$1" | grep -q inet; }
state_of() { nmcli -t -f DEVICE,STATE device | sed -n "s/^$1://p"; }
is_connected() { [ "$(state_of "$1")" = connected ]; }

provider eth0 192.168.1
provider usb0 192.168.42
ip netns add clients
ip link add lan0 type veth peer name eth0 netns clients
ip link set lan0 up
ip addr add 10.0.0.1/24 dev lan0
mkdir -p /etc/waymark
cat >/etc/waymark/waymark.toml <<'TOML'
[uplink.cable]
interface = "eth0"

[uplink.lte]
interface = "usb0"
gateway = "192.168.42.1"
tier = 2
TOML
echo nameserver 9.9.9.9 >/etc/resolv.conf
install_waymark --no-start
mkdir -p /etc/systemd/system/multi-user.target.wants
ln -sf /usr/lib/systemd/system/waymark.service /etc/systemd/system/multi-user.target.wants/

say "nobody looks after the devices"
waymark apply
doctor bare

say "NetworkManager has the first, and an ifplugd the second where there is one"
# A /sys that is read-only tells NetworkManager that there is no udev.
mount -o remount,ro /sys 2>/dev/null || mount -t sysfs -o ro sysfs /sys
mkdir -p /run/dbus /var/lib/dbus
dbus-uuidgen --ensure
dbus-uuidgen --ensure=/etc/machine-id
rm -f /usr/lib/NetworkManager/conf.d/*
cat >/etc/NetworkManager/NetworkManager.conf <<'CONF'
[main]
plugins=keyfile
no-auto-default=*
dhcp=internal
dns=none
[keyfile]
unmanaged-devices=interface-name:usb0;interface-name:lan0
CONF
cat >/etc/NetworkManager/system-connections/eth0.nmconnection <<'PROFILE'
[connection]
id=eth0
uuid=00000001-1111-2222-3333-444444444444
type=ethernet
interface-name=eth0
[ipv4]
method=auto
[ipv6]
method=disabled
PROFILE
chmod 600 /etc/NetworkManager/system-connections/eth0.nmconnection
dbus-daemon --system --fork --nopidfile
NetworkManager --no-daemon >/xchg/saved/networkmanager 2>&1 &
wait_for 60 "eth0 is NetworkManager's" is_connected eth0
if command -v ifplugd >/dev/null; then
  ifplugd -i usb0 -q -f -u0 -d10 -I || true # its status tells of the link
  wait_for 10 "ifplugd" pgrep -x ifplugd
fi
waymark apply
doctor managed

say "a dhclient has NetworkManager's device, too"
dhclient -4 -nw -pf /run/dhclient.eth0.pid -lf /tmp/dhclient.leases eth0 >/dev/null 2>&1
wait_for 10 "dhclient" pgrep -x dhclient
doctor two-clients
# It takes the address along that NetworkManager goes by, too.
dhclient -4 -x -pf /run/dhclient.eth0.pid -lf /tmp/dhclient.leases eth0 >/dev/null 2>&1 || true
nmcli connection up eth0 >/dev/null
wait_for 30 "eth0 has its address again" has_address eth0

say "dhcpcd has the second"
dhcpcd -4 usb0 >/dev/null 2>&1
wait_for 30 "an address of dhcpcd's" has_address usb0
pgrep --list-full dhcpcd | save dhcpcd-processes
waymark apply
doctor dhcpcd

say "names come by the first line only, by a dnsmasq of this machine's"
mkdir -p /etc/dnsmasq.d
echo server=192.168.1.1 >/etc/dnsmasq.d/up.conf
echo nameserver 127.0.0.1 >/etc/resolv.conf
dnsmasq --port=5300 --conf-file=/etc/dnsmasq.d/up.conf --pid-file=/tmp/own.pid --keep-in-foreground >/dev/null 2>&1 &
wait_for 10 "dnsmasq" pgrep -f /tmp/own.pid
doctor names

say "what stands in the hooks' way"
chown 1000 /etc/NetworkManager/dispatcher.d/90-waymark
printf '#!/bin/sh\n' >/etc/ppp/ip-up.local
chmod 755 /etc/ppp/ip-up.local
ln -s /nowhere /etc/network/if-up.d/broken
run-parts --test /etc/network/if-up.d >/dev/null 2>&1 || fact "run-parts fails for the link" yes
doctor hooks
waymark doctor >/xchg/saved/text || true
rm /etc/ppp/ip-up.local /etc/network/if-up.d/broken
chown root /etc/NetworkManager/dispatcher.d/90-waymark

say "what others' packet filters do, in the words of this release's tools"
# NAME RULES...: a table of somebody's with these rules in one chain.
filter() {
  local name=$1 head=$2
  shift 2
  { printf 'table inet other {\nchain c {\n%s\n' "$head"; printf '%s\n' "$@"; printf '}\n}\n'; } >/tmp/rules
  nft -f /tmp/rules
  doctor "$name"
  nft delete table inet other
}
early='type filter hook prerouting priority mangle; policy accept;'
forward='type filter hook forward priority 0; policy drop;'
states='ct state vmap { established : accept, related : accept, invalid : drop }'
sysctl -q net.ipv4.ip_forward=1
filter nft-reverse-path "$early" 'fib saddr . iif oif missing drop'
filter nft-collide "$early" 'meta mark set meta mark and 0xffff00ff or 0x100'
filter nft-overlap "$early" 'meta mark set meta mark or 0x4000'
filter nft-save "$early" 'ct mark set meta mark'
filter nft-untracked "$early" notrack
filter nft-forward "$forward" "$states"
filter nft-forward-open "$forward" "$states" 'iifname "lan0" oifname { "eth0", "usb0" } accept'
filter nft-source 'type nat hook postrouting priority 100; policy accept;' 'oifname "usb0" snat ip to 192.0.2.1'
iptables -t raw -A PREROUTING -m rpfilter --invert -j DROP
iptables -t mangle -A FORWARD -j MARK --or-mark 0x8000
iptables -P FORWARD DROP
doctor iptables
iptables -t raw -F
iptables -t mangle -F
iptables -P FORWARD ACCEPT

say "waymark watch sees what nobody tells"
waymark watch >/xchg/saved/watch-output 2>&1 &
wait_for 30 "waymark watch" pgrep -x waymark-watch
doctor watched
