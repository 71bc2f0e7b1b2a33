# shellcheck shell=bash
# Two lines to two providers, who are one namespace, and a server that both lead to. Sourced.
# shellcheck source=lib.sh
. /xchg/jobs/lib.sh

server=203.0.113.1

# uplink0 (192.0.2.2) and uplink1 (198.51.100.2), gateways .1, in namespace `isp`.
two_uplinks() {
  local n
  ip netns add isp
  ip -n isp link set lo up
  ip -n isp address add $server/32 dev lo
  for n in 0 1; do
    ip link add uplink$n type veth peer name far$n netns isp
    ip -n isp link set far$n up
  done
  ip -n isp address add 192.0.2.1/24 dev far0
  ip -n isp address add 198.51.100.1/24 dev far1
  ip address add 192.0.2.2/24 dev uplink0
  ip address add 198.51.100.2/24 dev uplink1
  ip link set uplink0 up
  ip link set uplink1 up
}
own_addresses() { wait_for 20 "everybody's own addresses" sh -c '! ip -6 address show tentative | grep -q inet6'; }
in_isp() { ip netns exec isp "$@"; }
