# shellcheck shell=bash
# A router with two uplinks, a LAN behind it and a server that both lead to, and what its owner has set up. Sourced.
# shellcheck source=two-uplinks.sh
. /xchg/jobs/two-uplinks.sh

port=7000
metrics=/var/lib/prometheus/node-exporter/waymark.prom

# lan0 (10.0.0.1) with a client (10.0.0.2), and two uplinks.
house() {
  two_uplinks
  ip netns add client
  ip link add lan0 type veth peer name eth0 netns client
  ip address add 10.0.0.1/24 dev lan0
  ip link set lan0 up
  ip -n client address add 10.0.0.2/24 dev eth0
  ip -n client link set lo up
  ip -n client link set eth0 up
  ip -n client route add default via 10.0.0.1
  own_addresses
}

# What the owner has set up: both lines checked, each in another way, with patience for a guest; a third one that is dialled; programs to be told.
owner() {
  mkdir -p /etc/waymark/notify.d "${metrics%/*}"
  cat >/etc/waymark/notify.d/note <<'SH'
#!/bin/sh
echo "$WAYMARK_EVENT $WAYMARK_UPLINK" >>/var/tmp/notes
SH
  cat >/usr/local/bin/dial <<'SH'
#!/bin/sh
echo "$WAYMARK_UPLINK" >>/var/tmp/dials
SH
  chmod 755 /etc/waymark/notify.d/note /usr/local/bin/dial
  cat >/etc/waymark/waymark.toml <<TOML
[uplink.first]
interface = "uplink0"
gateway = "192.0.2.1"

[uplink.first.check]
targets = ["$server"]
timeout = "5s"

[uplink.second]
interface = "uplink1"
gateway = "198.51.100.1"
tier = 2

[uplink.second.check]
method = "tcp"
targets = ["$server:$port"]
timeout = "5s"

[uplink.gsm]
peer = "gsm"
tier = 3
redial = ["dial"]

[router]
forward = true

[metrics]
textfile = true
TOML
}

# Who is there too: the server behind both providers, and what root runs under the name of pppd, which dials the peer that
# the third uplink is.
others() {
  in_isp perl /xchg/jobs/service-stream.pl echo $server $port >/dev/null 2>&1 &
  (exec -a /usr/sbin/pppd bash -c 'sleep 7200; :' call gsm) >/dev/null 2>&1 &
}

show() { systemctl show --property="$1" --value waymark-watch.service; }
is_choice() { [[ $(</run/waymark/state.json) == *'"choice":["'"$1"'"'* ]]; }
# The names of all processes of the service: the one that lives, and who works for it all the time.
members() { sed 's|.*|/proc/&/comm|' "/sys/fs/cgroup$(show ControlGroup)/cgroup.procs" | xargs cat | sort | paste -sd ' '; }
WHOLE="ip nft ping sh waymark-watch"
# Those are there and nobody else, and both lines are well, as the process says that is the service now.
is_watching() {
  local health
  [ "$(members)" = "$WHOLE" ] || return 1
  health=$(</run/waymark/health.json)
  [[ $health == *'"pid":'"$(show MainPID),"* && $health == *'"first":{"verdict":"up"'* && $health == *'"second":{"verdict":"up"'* ]]
}
# PID: the service runs again, as another process than this one.
is_another() { [ "$(show ActiveState)" = active ] && [ "$(show MainPID)" != "$1" ]; }
is_still() { [[ $(show StatusText) == *"waymark stop"* ]]; }
# A provider takes everything and passes nothing on; or does again.
die_silently() { in_isp nft "add table inet dead; add chain inet dead in { type filter hook input priority 0; }; add rule inet dead in iifname $1 drop"; }
live() { in_isp nft delete table inet dead; }
