# shellcheck shell=bash
# A laptop whose cable and Wi-Fi lead into one LAN, both by NetworkManager, and what its owner may do to them. Sourced, in bed
# `systemd`: udev, logind, wpa_supplicant and NetworkManager are the machine's own services.
#
#   eth0 (in br0, or not) ---------- port \
#   wlan0 ~~~~ wlan1, access point 1 ----- lan0 192.168.1.1/24, DHCP, and a server 203.0.113.1    (namespace `router`)
#         ~~~~ wlan2, access point 2 ----/
#
# shellcheck source=lib.sh
. /xchg/jobs/lib.sh

server=203.0.113.1
kept=/xchg/recorded
peer() { perl /waymark/test/lab/harness/peer.pl "$@"; }
in_router() { ip netns exec router "$@"; }

# What the dispatcher and systemd-sleep run, in order and with the carriers then: `TIME eth0 up eth0=1 wlan0=0`. It comes before
# Waymark's; arguments and variables are kept as they were.
record_events() {
  local directory
  mkdir -p $kept /usr/lib/systemd/system-sleep
  : >$kept/events
  for directory in . pre-up.d pre-down.d; do
    cat >"/etc/NetworkManager/dispatcher.d/$directory/00-record" <<'END'
#!/bin/sh
read -r up _ </proc/uptime
read -r eth0 2>/dev/null </sys/class/net/eth0/carrier || eth0=-
read -r wlan0 2>/dev/null </sys/class/net/wlan0/carrier || wlan0=-
directory=${0%/*}
printf '%s\0' "${directory##*/}" "$@" >"/xchg/recorded/$up-$$.argv"
env -0 >"/xchg/recorded/$up-$$.env"
echo "$up ${1:-*} $2 eth0=$eth0 wlan0=$wlan0" >>/xchg/recorded/events
END
    chmod 755 "/etc/NetworkManager/dispatcher.d/$directory/00-record"
  done
  cat >/usr/lib/systemd/system-sleep/record <<'END'
#!/bin/sh
read -r up _ </proc/uptime
echo "$up sleep $1" >>/xchg/recorded/events
[ "$1" != pre ] || [ ! -x /run/while-asleep ] || /run/while-asleep
END
  chmod 755 /usr/lib/systemd/system-sleep/record
}

events_since=0
mark_events() { events_since=$(wc -l <$kept/events); }
happened() { tail -n "+$((events_since + 1))" $kept/events | cut -d ' ' -f 2-3 | grep -qE -- "$1"; }
# PATTERN [SECONDS]: such an event has come since mark_events. Not in vain for the steps that follow: `timeout` tells.
await() { wait_for "${2:-90}" "$1" happened "$1" || :; }
# Wi-Fi has no access point any more. NetworkManager says so a quarter of a minute later, or not at all: not if wpa_supplicant
# is looking for the next one before NetworkManager has seen that it lost the last (1.42).
wifi_is_lost() {
  wait_for 60 "no carrier on wlan0" has_no_carrier wlan0 || :
  local end=$((SECONDS + 40))
  until happened "^wlan0 down" || [ $SECONDS -ge $end ]; do sleep 1; done
}
# It has one again: told as `up`, or only as a lease where its loss was not told.
wifi_is_back() { await "^wlan0 (up|dhcp4-change)"; }
# NAME: the events since mark_events, in one line.
fact_events() { fact "$1: events" "$(tail -n "+$((events_since + 1))" $kept/events | cut -d ' ' -f 2-3 | paste -sd ,)"; }

# NAME LINE...: a connection of NetworkManager's.
profile() {
  local file=/etc/NetworkManager/system-connections/$1.nmconnection
  { printf '%s\n' '[connection]' "id=$1" && printf '%s\n' "${@:2}"; } >"$file"
  chmod 600 "$file"
}

# CABLE (br0 or eth0)
profiles() {
  local by_dhcp=('[ipv4]' method=auto '[ipv6]' method=disabled)
  cat >/etc/NetworkManager/conf.d/bed.conf <<'END'
[main]
no-auto-default=*
[keyfile]
unmanaged-devices=interface-name:wlan1;interface-name:wlan2
END
  if [ "$1" = br0 ]; then
    profile bridge type=bridge interface-name=br0 '[bridge]' stp=false "${by_dhcp[@]}"
    profile cable type=ethernet interface-name=eth0 master=br0 slave-type=bridge
  else
    profile cable type=ethernet interface-name=eth0 "${by_dhcp[@]}"
  fi
  profile home type=wifi interface-name=wlan0 '[wifi]' ssid=home '[wifi-security]' key-mgmt=wpa-psk psk=open-sesame "${by_dhcp[@]}"
}

router() {
  ip netns add router
  in_router sh -ec "
    ip link set lo up
    ip address add $server/32 dev lo
    ip link add lan0 address 02:00:00:00:00:01 type bridge
    ip address add 192.168.1.1/24 dev lan0
    ip link set lan0 up"
  in_router perl /waymark/test/lab/harness/peer.pl serve 7 $server >/tmp/server.log 2>&1 </dev/null &
  in_router dnsmasq --no-daemon --conf-file=/dev/null --port=0 --interface=lan0 --bind-interfaces --no-ping --dhcp-authoritative \
    --dhcp-range=192.168.1.50,192.168.1.99,1h --dhcp-leasefile=/tmp/leases --user=root >/xchg/saved/dnsmasq.log 2>&1 </dev/null &
  wait_for 20 "the server" grep -q ready /tmp/server.log
  ip link add eth0 address 02:00:00:00:e0:00 type veth peer name port netns router
  ip -n router link set port master lan0 up
}

# wlan0 here, wlan1 and wlan2 with the router.
radios() {
  modprobe mac80211_hwsim radios=3
  wait_for 20 "three radios" test -e /sys/class/net/wlan2
  iw phy phy1 set netns name router
  iw phy phy2 set netns name router
  wait_for 20 "radios with the router" ip -n router link show wlan2
}

# NUMBER: an access point appears, or says good-bye to everybody and ends.
open_access() {
  printf '%s\n' "interface=wlan$1" bridge=lan0 driver=nl80211 ssid=home hw_mode=g channel=1 wpa=2 wpa_key_mgmt=WPA-PSK \
    rsn_pairwise=CCMP wpa_passphrase=open-sesame >"/tmp/access-$1.conf"
  in_router hostapd -B -P "/run/access-$1.pid" "/tmp/access-$1.conf" >>"/xchg/saved/hostapd-$1.log" 2>&1 </dev/null
}
close_access() {
  kill "$(cat "/run/access-$1.pid")" || :
  wait_for 20 "no access point $1" test ! -e "/run/access-$1.pid"
}
# NUMBER: its waves no longer reach anybody, without a word; or do again.
leave_range() { echo 2 >"/sys/kernel/debug/ieee80211/phy$1/hwsim/group"; }
enter_range() { echo 1 >"/sys/kernel/debug/ieee80211/phy$1/hwsim/group"; }
# As whoever has just switched the radio on looks for the network: NetworkManager by itself may take minutes.
is_found() {
  happened "^wlan0 up" && return
  nmcli device wifi rescan ifname wlan0 2>/dev/null
  sleep 5
  return 1
}
bssid() { ip -n router -o link show "wlan$1" | sed -n 's|.*link/ether \([^ ]*\).*|\1|p'; }
is_with() { iw dev wlan0 link | grep -qi "Connected to $1"; }
sees() { wpa_cli -i wlan0 scan >/dev/null && sleep 1 && wpa_cli -i wlan0 scan_results | grep -qi "$1"; }
# NUMBER: the laptop goes over to that access point, as wpa_supplicant does when another one is stronger.
roam() {
  local to
  to=$(bssid "$1")
  wait_for 60 "access point $1 is seen" sees "$to" || :
  wpa_cli -i wlan0 roam "$to"
  wait_for 60 "with access point $1" is_with "$to" || :
}

# NetworkManager says nothing of the cable of a bridge's port: then the time in which it would have.
# shellcheck disable=SC2154 # the job says which device has the cable
cable_is_told() { if [ "$cable" = eth0 ]; then await "^eth0 $1"; else sleep 8; fi; }
pull() { ip -n router link set port down; }
plug() { ip -n router link set port up; }
has_no_carrier() { ip link show dev "$1" | grep -q NO-CARRIER; }
has_carrier() { ip link show dev "$1" | grep -q LOWER_UP; }

# The machine sleeps and wakes up again: logind, systemd-sleep and the kernel's freezer do their part; devices are spared, for
# the bed's disk would not survive (kernel: Documentation/power/basic-pm-debugging.rst). COMMAND: what happens meanwhile.
suspend() {
  printf '#!/bin/sh\n%s\n' "${1-}" >/run/while-asleep
  chmod 755 /run/while-asleep
  echo freezer >/sys/power/pm_test
  systemctl suspend
  await "sleep post" 120
}

# What has been told has been dealt with: no hook runs, nothing is left for `waymark watch`, and nobody is at work.
is_settled() {
  ! pgrep -f "^/bin/sh /etc/NetworkManager/dispatcher.d/90-waymark" >/dev/null &&
    [ -z "$(ls /run/waymark/events 2>/dev/null)" ] && flock -n /run/waymark true
}
settle() { wait_for 120 "settled" is_settled || :; }

goes_by() { ip route get $server | grep -q " dev $1 "; }
address_of() { ip -4 -o address show dev "$1" | sed -n 's|.* inet \([0-9.]*\)/.*|\1|p'; }
one_line() { tr -s ' ' | sed 's/ $//' | paste -sd ,; }
# NAME: three connections to the server, and as whom it saw them: `192.168.1.50 3 failed 0`.
fact_flows() { fact "$1" "$(peer flows tcp $server 7 3 wait=5 | tr '\n' ' ' | sed 's/ *$//')"; }
# NAME: what holds now.
look() {
  fact_events "$1"
  fact_flows "$1"
  fact "$1: way" "$(ip route get $server | head -n 1)"
  fact "$1: choice" "$(ip route show table 87000 | one_line)"
  fact "$1: main" "$(ip -4 route show default table main | one_line)"
  waymark status --json | save "${1// /-}"
}

# NAME: a connection that lasts. held NAME STEP: as whom the server sees it then.
declare -A tell
hold() {
  mkfifo "/tmp/say-$1"
  peer hold tcp $server 7 wait=20 <"/tmp/say-$1" >"/tmp/said-$1" 2>&1 &
  exec {to}>"/tmp/say-$1"
  tell[$1]=$to
  wait_for 20 "a connection" grep -q . "/tmp/said-$1"
}
held() {
  local before
  before=$(wc -l <"/tmp/said-$1")
  echo "$2" >&"${tell[$1]}"
  wait_for 30 "an answer to $2" has_lines "/tmp/said-$1" . $((before + 1)) || :
  fact "$2: $1" "$(tail -n 1 "/tmp/said-$1" | sed 's/^ok //' | cut -d ' ' -f 1)"
}
# STEP: the first connection, while its address is there: a cable's is taken away by NetworkManager, a bridge's is not.
keeps_address() { [ "$cable" = eth0 ] || held early "$1"; }
