#!/bin/bash
# A laptop: its cable, a bridge's port that ifupdown knows, and its Wi-Fi stand on one LAN. ifplugd tells of the cable where
# there is one: `ifplugd.sh none` is a machine without it.
set -eu
# shellcheck source=ethernet-scene.sh
. /xchg/jobs/ethernet-scene.sh

# The LAN: a switch with an access point, and a router to the internet.
lan() {
  local port
  ip netns add lan
  ip link add to-lan netns internet type veth peer name wan netns lan
  in_namespace lan sh -ec '
    ip link set lo up
    ip link add switch type bridge
    ip link set switch up
    ip addr add 192.168.1.1/24 dev switch
    sysctl -q -w net.ipv4.ip_forward=1
    ip addr add 192.0.2.2/30 dev wan
    ip link set wan up
    ip route add default via 192.0.2.1'
  ip -n internet addr add 192.0.2.1/30 dev to-lan
  ip -n internet link set to-lan up
  ip -n internet route add 192.168.1.0/24 via 192.0.2.2
  for port in eth0 wlan0; do
    ip link add "$port" type veth peer name "$port" netns lan
    ip -n lan link set "$port" master switch up
  done
}
pull_cable() { ip -n lan link set eth0 down; }
plug_cable() { ip -n lan link set eth0 up; }
no_hook_runs() { ! pgrep -f '^/bin/sh /etc/(ifplugd|network)/.*/waymark' >/dev/null; }
settle() { wait_for 60 "no hook runs" no_hook_runs; }
told() { tr '<' '\n' </xchg/saved/journal | grep -a ' waymark\[' | grep -caE -- "$1" || :; }
lines_of() { tr '<' '\n' </xchg/saved/journal | grep -a ' waymark\[' | grep -oaE '(ifplugd|ifupdown) eth0 (up|down)' | paste -sd , || :; }

# A connection that lasts: what the server says to each line of it.
hold() {
  mkfifo /tmp/say
  peer hold tcp $server 7 wait=5 </tmp/say >/tmp/said 2>&1 &
  exec 7>/tmp/say
}
held() {
  local before
  before=$(wc -l </tmp/said)
  echo "$1" >&7
  wait_for 20 "an answer to $1" has_lines /tmp/said . $((before + 1)) || :
  fact "held: $1" "$(tail -n 1 /tmp/said | sed 's/^ok //' | cut -d ' ' -f 1)"
}

internet
lan
ip link add br0 type bridge
ip link set eth0 master br0
ip link set br0 up
ip addr add 192.168.1.5/24 dev br0
ip link set wlan0 up
ip addr add 192.168.1.6/24 dev wlan0
cat >/etc/network/interfaces <<'END'
auto lo
iface lo inet loopback
iface eth0 inet manual
END
ip link set eth0 up
wait_for 20 "the bridge carries" sh -c "ip link show br0 | grep -q 'state UP'"
mkdir -p /run/network
collect_log
mkdir -p /etc/waymark
cat >/etc/waymark/waymark.toml <<'END'
[uplink.cable]
interface = "br0"
carrier   = "eth0"
gateway   = "192.168.1.1"
verify    = "gateway"
tier      = 1

[uplink.wlan]
interface = "wlan0"
gateway   = "192.168.1.1"
tier      = 2
END
install_waymark --no-start
waymark apply >/xchg/saved/apply
fact "choice" "$(waymark status --json | grep -A 2 '"choice"' | tr -d ' \n')"
fact_flows "cable in"
hold
held "before"

if [ "${1-}" != none ]; then
  find /etc/ifplugd/action.d -type f -printf "%f\n" | sort | save actions
  # Debian's own arguments but for the delay of 10 s. The status says that the cable is in (ifplugd(8), -w).
  ifplugd -i eth0 -q -f -u0 -d1 -w -I || fact "ifplugd starts" "$?"
  wait_for 30 "its first event" sh -c "grep -aqE 'ifplugd eth0 up' /xchg/saved/journal"
  settle
fi

say "pulled"
pull_cable
wait_for 5 "the kernel knows" has_no_carrier eth0
fact_flows "pulled, at once"
held "pulled"
if [ "${1-}" != none ]; then
  wait_for 60 "it is told" sh -c "grep -aqE 'ifplugd eth0 down' /xchg/saved/journal"
  wait_for 60 "ifdown has run" sh -c "! ifquery --state eth0"
  settle
fi
save_status pulled
fact_flows "pulled"
ip neigh show dev br0 | save pulled.neighbours

say "plugged"
plug_cable
if [ "${1-}" != none ]; then
  wait_for 60 "ifup has run" ifquery --state eth0
  settle
fi
wait_for 60 "the choice is br0" goes_by br0
fact_flows "plugged"
held "plugged"
save_status plugged
fact "told" "$(lines_of)"

if [ "${1-}" != none ]; then
  say "ifplugd ends, without -q: it says that the cable is out"
  ifplugd -k -W -i eth0
  ifplugd -i eth0 -f -u0 -d1 -w -I || :
  settle
  before=$(told 'ifplugd eth0 down')
  rm /etc/ifplugd/action.d/ifupdown
  ifplugd -k -W -i eth0
  settle
  fact "told of a cable that is in" "$(($(told 'ifplugd eth0 down') - before))"
  save_status ended
  fact_flows "ended"
else
  waymark doctor >/tmp/doctor 2>&1 || :
  save doctor </tmp/doctor
  say "waymark watch in its place"
  waymark watch >/xchg/saved/watch 2>&1 </dev/null &
  watch=$!
  if wait_for 60 "it watches" test -s /run/waymark/watch.pid; then
    held "watched"
    pull_cable
    wait_for 60 "it has switched" sh -c "waymark status --json | tr -d ' \n' | grep -qF '\"choice\":[\"wlan\"]'" || :
    held "pulled, watched"
    plug_cable
    wait_for 60 "it has switched back" goes_by br0 || :
    held "plugged, watched"
  fi
  kill $watch || :
  wait $watch || :
fi
waymark stop >/dev/null
say "done"
