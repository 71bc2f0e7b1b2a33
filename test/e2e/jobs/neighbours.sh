#!/bin/bash
# Waymark beside the real others: nftables.service, systemd-networkd, wg-quick, ufw, resolvconf. For each: what it takes
# from Waymark, that the next event brings it back, and that nothing of theirs is touched. The arguments are the others.
# nftables wants systemd as the first process, wireguard a kernel that has it.
#
#   client 10.0.0.50 -- lan0   eth0 198.51.100.2 -- isp-a --.
#                              usb0 198.51.101.2 -- isp-b -- internet 203.0.113.1, .2
set -eu
# shellcheck source=lib.sh
. /xchg/jobs/lib.sh

peer=/waymark/test/lab/harness/peer.pl

provider() {
  local name=$1 device=$2 network=$3 number=$4
  ip netns add "$name"
  ip link add "$device" type veth peer name customer netns "$name"
  ip link add "$name" netns internet type veth peer name core netns "$name"
  ip -n "$name" addr add "$network.1/24" dev customer
  ip -n "$name" addr add "100.64.$number.2/30" dev core
  ip -n internet addr add "100.64.$number.1/30" dev "$name"
  for end in customer core lo; do ip -n "$name" link set "$end" up; done
  ip -n internet link set "$name" up
  ip netns exec "$name" sysctl -qw net.ipv4.ip_forward=1
  ip -n "$name" route add default via "100.64.$number.1"
  ip -n internet route add "$network.0/24" via "100.64.$number.2"
  ip link set "$device" up
  ip addr add "$network.2/24" dev "$device"
}

# As whom the server saw three new connections: `ADDRESS 3 failed 0`.
way() { perl $peer flows tcp "${1:-203.0.113.1}" 7000 3 wait=2 | tr '\n' ' '; }
client_way() { ip netns exec client perl $peer flows tcp 203.0.113.1 7000 3 wait=2 | tr '\n' ' '; }

# DEVICE: ifupdown's event, as it is with a static stanza.
event() {
  env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin IFACE="$1" LOGICAL="$1" ADDRFAM=inet METHOD=static MODE=start \
    PHASE=post-up VERBOSITY=0 /etc/network/if-up.d/waymark
}

# How much of Waymark's is in the kernel: rules, routes, and whether its table is there.
ours() {
  local filter=no
  ! nft list table inet waymark >/dev/null 2>&1 || filter=yes
  echo "$(ip rule | grep -cE 'proto (waymark|87)') rules, $(ip route show table all proto 87 | wc -l) routes, filter $filter"
}
has_table() { nft list table inet waymark; }

# NAME: everything that is not Waymark's.
theirs() {
  # Link-local addresses are the kernel's: each comes when it has found that nobody else has it.
  {
    for family in -4 -6; do
      ip "$family" rule | grep -vE 'proto (waymark|87)' | sort
      ip "$family" route show table all | grep -vE 'proto (waymark|87)|^(local )?fe80::' | sed 's/ expires [0-9]*sec//' | sort
    done
    nft --stateless list ruleset | awk '/^table inet waymark \{/ { own = 1 } !own && NF { print } /^}/ { own = 0 }'
  } | save "$1"
}

doctor() { waymark doctor --json >"/xchg/saved/$1" || true; }

# REPORT ID: does what the remedy of a finding says: writes its files, runs its commands.
follow() {
  perl -MJSON::PP -e '
    local $/; open my $file, "<", $ARGV[0] or die; my $report = decode_json(<$file>);
    for my $step (map { @{$_->{remedy}} } grep { $_->{id} eq $ARGV[1] } @{$report->{findings}}) {
      if ($step->{do} eq "run") { print "$step->{command}\n" }
      elsif ($step->{do} eq "write") {
        my ($directory) = $step->{path} =~ m{(.*)/}; print "mkdir -p $directory\n";
        print "cat >$step->{path} <<\"END\"\n$step->{text}END\n" }
    }' "/xchg/saved/$1" "$2" >/tmp/remedy
  save "$2.remedy" </tmp/remedy
  bash -e /tmp/remedy
}

# The service has done what it was told, well or not.
is_settled() { case $(systemctl is-active waymark) in activating | deactivating | reloading) return 1 ;; esac; }

nftables() {
  fact "reload before" "$(ours)"
  theirs reload-before
  systemctl reload nftables
  wait_for 300 "Waymark's table is there after a reload" has_table
  wait_for 300 "waymark.service has done" is_settled
  fact "reload after" "$(ours), service $(systemctl is-active waymark)"
  systemctl restart nftables
  wait_for 300 "Waymark's table is there after a restart" has_table
  wait_for 300 "waymark.service has done" is_settled
  systemctl status --no-pager waymark | save restart-status
  fact "restart after" "$(ours), service $(systemctl is-active waymark)"
  nft -f /etc/nftables.conf
  fact "by hand" "$(ours)"
  event eth0
  fact "by hand, next event" "$(ours)"
  theirs reload-after
  fact "reload way" "$(way)"
  doctor reload-doctor
}

# Where systemd does not run, networkd is started as any program is, and `systemctl restart` is a stand-in.
networkd_there() {
  if [ -d /run/systemd/system ]; then
    systemctl "$1" systemd-networkd
    return
  fi
  if [ ! -x /usr/local/bin/systemctl ]; then
    # A /sys that is read-only tells networkd that there is no udev to wait for.
    mount -o remount,ro /sys 2>/dev/null || mount -t sysfs -o ro sysfs /sys
    mkdir -p /run/systemd/netif/links /run/systemd/netif/leases /run/systemd/netif/lldp /run/dbus
    chown -R systemd-network: /run/systemd/netif
    cat >/usr/local/bin/systemctl <<'STANDIN'
#!/bin/sh
[ "$*" = "restart systemd-networkd" ] || [ "$*" = "start systemd-networkd" ] || [ "$*" = "stop systemd-networkd" ] || exit 1
[ ! -e /run/networkd.pid ] || { kill "$(cat /run/networkd.pid)"; sleep 1; rm /run/networkd.pid; }
[ "$1" != stop ] || exit 0
setsid /lib/systemd/systemd-networkd </dev/null >>/xchg/saved/networkd 2>&1 &
echo $! >/run/networkd.pid
STANDIN
    chmod 755 /usr/local/bin/systemctl
  fi
  systemctl "$1" systemd-networkd
}

# A new device, which networkd configures, with a rule and a route of its own.
plug_in() {
  ip rule del priority 500 2>/dev/null || true
  ip link del other0 2>/dev/null || true
  ip link add other0 type veth peer name other1
  ip link set other1 up
  wait_for 60 "networkd has configured a device" has_configured
}
has_configured() { ip rule | grep -q "^500:" && ip route show table 500 | grep -q 10.8.0.0/16; }

networkd() {
  mkdir -p /etc/systemd/network
  printf '%s\n' '[Match]' Name=other0 '[Network]' Address=10.9.9.1/24 '[RoutingPolicyRule]' From=10.9.9.0/24 Table=500 \
    Priority=500 '[Route]' Destination=10.8.0.0/16 Gateway=10.9.9.2 Table=500 >/etc/systemd/network/50-other.network
  fact "networkd before" "$(ours)"
  networkd_there start
  # What networkd 252 finds while it starts it leaves alone, where there is no udev to wait for.
  plug_in
  plug_in
  fact "networkd at work" "$(ours)"
  doctor networkd-ill
  theirs networkd-before
  event eth0
  fact "networkd, next event" "$(ours)"
  theirs networkd-after
  fact "networkd way" "$(way)"
  plug_in
  fact "networkd again" "$(ours)"
  follow networkd-ill networkd-deletes-rules
  plug_in
  fact "networkd told off" "$(ours)"
  doctor networkd-well
  networkd_there stop
  ip link del other0
  ip rule del priority 500
}

far_end() { ip netns exec internet wg show wgs endpoints | cut -f 2 | cut -d : -f 1; }
far_end_is() { [ "$(far_end)" = "$1" ]; }

wireguard() {
  local far near
  far=$(wg genkey) near=$(wg genkey)
  ip -n internet link add wgs type wireguard
  ip netns exec internet wg set wgs listen-port 51820 private-key <(echo "$far") peer "$(echo "$near" | wg pubkey)" \
    allowed-ips 10.66.0.2/32
  ip -n internet addr add 10.66.0.1/24 dev wgs
  ip -n internet link set wgs up
  printf '%s\n' '[Interface]' "PrivateKey = $near" 'Address = 10.66.0.2/32' '[Peer]' \
    "PublicKey = $(echo "$far" | wg pubkey)" 'Endpoint = 203.0.113.1:51820' 'AllowedIPs = 0.0.0.0/0' \
    'PersistentKeepalive = 1' >/etc/wireguard/wg0.conf
  chmod 600 /etc/wireguard/wg0.conf
  fact "wireguard before" "$(ours)"
  theirs wireguard-before
  wg-quick up wg0 2>&1 | save wg-up
  theirs wireguard-up
  event eth0
  theirs wireguard-event
  fact "wireguard way" "$(way 203.0.113.2)"
  fact "wireguard outside" "$(far_end)"
  doctor wireguard-doctor
  # The first line dies, by its carrier.
  ip -n isp-a link set customer down
  event eth0
  wait_for 300 "the tunnel goes by the second line" far_end_is 198.51.101.2
  fact "wireguard outside, first line dead" "$(far_end)"
  fact "wireguard way, first line dead" "$(way 203.0.113.2)"
  ip -n isp-a link set customer up
  event eth0
  wg-quick down wg0 2>&1 | save wg-down
  fact "wireguard down" "$(ours)"
  event eth0
  fact "wireguard down, next event" "$(ours)"
  theirs wireguard-after
  fact "way after wireguard" "$(way)"
}

ufw() {
  dpkg --install /extra/ufw_*.deb >/xchg/saved/ufw-install 2>&1
  theirs ufw-without
  fact "ufw without" "$(ours)"
  command ufw --force enable >/dev/null
  fact "ufw enabled" "$(ours)"
  fact "ufw client shut out" "$(client_way)"
  doctor ufw-ill
  follow ufw-ill forward-dropped
  fact "ufw client let" "$(client_way)"
  doctor ufw-well
  command ufw reload >/dev/null
  fact "ufw reloaded" "$(ours)"
  theirs ufw-before
  event eth0
  event usb0
  theirs ufw-after
  fact "ufw way" "$(client_way)"
  command ufw --force disable >/dev/null
  fact "ufw disabled" "$(ours)"
}

resolvconf() {
  dpkg --install /extra/resolvconf_*.deb >/xchg/saved/resolvconf-install 2>&1
  command resolvconf --enable-updates
  echo nameserver 198.51.100.1 | command resolvconf -a eth0.inet
  fact "resolvconf before" "$(grep -v '^#' /etc/resolv.conf)"
  doctor resolvconf-ill
  event eth0
  fact "resolvconf after" "$(grep -v '^#' /etc/resolv.conf)"
  echo nameserver 9.9.9.9 | command resolvconf -a usb0.inet
  doctor resolvconf-well
}

ip netns add internet
ip -n internet link set lo up
for address in 203.0.113.1 203.0.113.2; do ip -n internet addr add $address/32 dev lo; done
ip netns exec internet sysctl -qw net.ipv4.ip_forward=1
provider isp-a eth0 198.51.100 1
provider isp-b usb0 198.51.101 2
ip netns add client
ip link add lan0 type veth peer name eth0 netns client
ip link set lan0 up
ip addr add 10.0.0.1/24 dev lan0
ip -n client link set eth0 up
ip -n client addr add 10.0.0.50/24 dev eth0
ip -n client route add default via 10.0.0.1
ip netns exec internet perl $peer serve 7000 203.0.113.1 203.0.113.2 >/dev/null 2>&1 &
mkdir -p /etc/waymark
cat >/etc/waymark/waymark.toml <<'TOML'
[uplink.cable]
interface = "eth0"
gateway = "198.51.100.1"

[uplink.lte]
interface = "usb0"
gateway = "198.51.101.1"
tier = 2

[router]
forward = true
TOML
cat >/etc/nftables.conf <<'NFT'
#!/usr/sbin/nft -f
flush ruleset

table inet site {
	set friends {
		type ipv4_addr
		elements = { 192.0.2.1, 192.0.2.2 }
	}
	chain forward {
		type filter hook forward priority filter; policy accept;
		ct state established accept
		ip saddr @friends drop
	}
}
NFT
if [ -d /run/systemd/system ]; then
  systemctl enable --now nftables
else
  nft -f /etc/nftables.conf
fi
install_waymark
fact "way at first" "$(way)"
fact "client's way at first" "$(client_way)"
doctor at-first
for step; do
  say "$step"
  "$step"
done
