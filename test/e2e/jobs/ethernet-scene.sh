# shellcheck shell=bash
# Ethernet lines whose providers give addresses by DHCP, and a server in the internet. Sourced.
#
#   this machine        isp-NAME                        internet
#   DEVICE ------------ 100.64.N.1/24, also .2 -------- 203.0.113.1
# shellcheck source=lib.sh
. /xchg/jobs/lib.sh

server=203.0.113.1
peer() { perl /waymark/test/lab/harness/peer.pl "$@"; }
in_namespace() { ip netns exec "$@"; }

# The server, which tells everybody as whom it saw them.
internet() {
  ip link set lo up
  ip netns add internet
  ip -n internet link set lo up
  ip -n internet addr add $server/32 dev lo
  in_namespace internet perl /waymark/test/lab/harness/peer.pl serve 7 $server >/tmp/server.log 2>&1 </dev/null &
  wait_for 20 "the server" grep -q ready /tmp/server.log
}

# NAME NUMBER DEVICE: a line to a provider, whose end is the device `port`.
line() {
  local there=isp-$1
  ip netns add "$there"
  ip link add "$3" type veth peer name port netns "$there"
  ip link add "to-$1" netns internet type veth peer name wan netns "$there"
  in_namespace "$there" sh -ec "
    ip link set lo up; ip link set port up; ip link set wan up
    sysctl -q -w net.ipv4.ip_forward=1
    ip addr add 100.64.$2.1/24 dev port
    ip addr add 100.64.$2.2/24 dev port
    ip addr add 192.0.2.$(($2 * 4 + 2))/30 dev wan
    ip route add default via 192.0.2.$(($2 * 4 + 1))"
  ip -n internet addr add "192.0.2.$(($2 * 4 + 1))/30" dev "to-$1"
  ip -n internet link set "to-$1" up
  ip -n internet route add "100.64.$2.0/24" via "192.0.2.$(($2 * 4 + 2))"
}

# NAME NUMBER FIRST LAST ROUTER LEASE [keep]: the provider gives these addresses for so many seconds, and nobody else's. It
# remembers its former leases only if told so.
serve_dhcp() {
  local directory=/tmp/dhcp-$1
  stop_dhcp "$1"
  mkdir -p "$directory"
  [ "${7-}" = keep ] || : >"$directory/leases"
  printf '%s\n' "start 100.64.$2.$3" "end 100.64.$2.$4" 'interface port' "lease_file $directory/leases" \
    "pidfile $directory/pid" 'min_lease 5' 'option subnet 255.255.255.0' "option router 100.64.$2.$5" \
    "option dns 100.64.$2.53" "option lease $6" >"$directory/conf"
  in_namespace "isp-$1" busybox udhcpd -f -S "$directory/conf" >>"/xchg/saved/udhcpd-$1.log" 2>&1 </dev/null &
  wait_for 20 "the DHCP server of $1" test -s "$directory/pid"
}
stop_dhcp() {
  [ -s "/tmp/dhcp-$1/pid" ] || return 0
  kill "$(cat "/tmp/dhcp-$1/pid")" || :
  wait_for 20 "no DHCP server of $1" test ! -e "/tmp/dhcp-$1/pid"
}

pull() { ip -n "isp-$1" link set port down; }
plug() { ip -n "isp-$1" link set port up; }

# NAME: three connections to the server, and as whom it saw them: `100.64.1.50 3 failed 0`.
fact_flows() { fact "$1" "$(peer flows tcp $server 7 3 wait=2 | tr '\n' ' ' | sed 's/ *$//')"; }

# Whether packets without further marks leave by this device.
goes_by() { ip route get $server | grep -q " dev $1 "; }
has_no_carrier() { ip link show dev "$1" | grep -q NO-CARRIER; }
has_address() { ip -4 -o addr show dev "$1" | grep -q "inet $2"; }
main_default() { ip -4 route show default table main | tr -s ' ' | sed 's/ $//' | paste -sd ,; }

# NAME: what Waymark says.
save_status() { waymark status --json | save "$1"; }

# Installed, and at work on this configuration (standard input).
work_with() {
  collect_log
  mkdir -p /etc/waymark
  cat >/etc/waymark/waymark.toml
  save_kernel before
  install_waymark --no-start
  waymark apply >/xchg/saved/apply
}
