#!/bin/bash
# Three uplinks of NetworkManager's: two lines, and a bridge with a port. network-manager.test.ts says what each step must
# have left.
set -eu
# shellcheck source=ethernet-scene.sh
. /xchg/jobs/ethernet-scene.sh

# What the dispatcher runs, in order: `eth0 up`. It comes before Waymark's.
record_events() {
  local directory
  : >/xchg/saved/events
  for directory in . pre-up.d pre-down.d; do
    cat >"/etc/NetworkManager/dispatcher.d/$directory/00-record" <<'END'
#!/bin/sh
echo "${1:-*} $2 ${IP4_GATEWAY-} ${CONNECTIVITY_STATE-}" >>/xchg/saved/events
END
    chmod 755 "/etc/NetworkManager/dispatcher.d/$directory/00-record"
  done
}

events_since=0
mark_events() { events_since=$(wc -l </xchg/saved/events); }
happened() { tail -n "+$((events_since + 1))" /xchg/saved/events | grep -qE -- "$1"; }
await() { wait_for "${2:-60}" "$1" happened "$1"; }
# NAME: the events since mark_events, in one line.
fact_events() { fact "$1" "$(tail -n "+$((events_since + 1))" /xchg/saved/events | cut -d ' ' -f 1-2 | paste -sd ,)"; }

# NAME METRIC LINE...: a connection with an address by DHCP.
profile() {
  local file=/etc/NetworkManager/system-connections/$1.nmconnection
  {
    printf '%s\n' '[connection]' "id=$1" "interface-name=$1" "$3" '[ipv4]' method=auto "route-metric=$2" dhcp-timeout=20 \
      '[ipv6]' method=disabled
    [ $# -lt 4 ] || printf '%s\n' "${@:4}"
  } >"$file"
  chmod 600 "$file"
}

start_manager() {
  NetworkManager --debug >>/xchg/saved/nm.log 2>&1 </dev/null &
  manager=$!
}

# The hooks that NetworkManager's dispatcher started have ended.
no_hook_runs() { ! pgrep -f "^/bin/sh /etc/NetworkManager/dispatcher.d/90-waymark" >/dev/null; }
settle() { wait_for 60 "no hook runs" no_hook_runs; }

# NetworkManager believes that there is no udev to wait for.
mount -o remount,ro /sys 2>/dev/null || mount -t sysfs -o ro sysfs /sys
mkdir -p /run/dbus /var/lib/dbus /run/NetworkManager
dbus-uuidgen --ensure
dbus-uuidgen --ensure=/etc/machine-id
rm -f /usr/lib/NetworkManager/conf.d/*
cat >/etc/NetworkManager/NetworkManager.conf <<END
[main]
plugins=keyfile
no-auto-default=*
dhcp=internal
dns=none
[keyfile]
unmanaged-devices=none
[connectivity]
enabled=true
uri=http://$server/nm
interval=3
END
record_events

internet
mkdir -p /tmp/www
echo "NetworkManager is online" >/tmp/www/nm
ip netns exec internet busybox httpd -f -p $server:80 -h /tmp/www >/dev/null 2>&1 </dev/null &
web=$!
line a 1 eth0
line b 2 eth1
line c 3 eth2
serve_dhcp a 1 50 50 1 20
serve_dhcp b 2 50 50 1 600
serve_dhcp c 3 50 50 1 600
profile eth0 100 type=ethernet
profile eth1 200 type=ethernet
profile br0 300 type=bridge '[bridge]' stp=false
cat >/etc/NetworkManager/system-connections/port.nmconnection <<END
[connection]
id=port
type=ethernet
interface-name=eth2
master=br0
slave-type=bridge
END
chmod 600 /etc/NetworkManager/system-connections/port.nmconnection
dbus-daemon --system --fork --nopidfile
start_manager
for device in eth0 eth1 br0; do await "^$device up"; done
fact version "$(NetworkManager --version)"
ip -4 route show table main | save main.before

work_with <<'END'
[uplink.cable]
interface = "eth0"
tier      = 1

[uplink.spare]
interface = "eth1"
tier      = 2

[uplink.bridge]
interface = "br0"
carrier   = "eth2"
tier      = 3
END
ip -4 route show table main | save main.applied
fact_flows "applied"
save_status applied

say "pulled"
mark_events
pull a
wait_for 5 "the kernel knows" has_no_carrier eth0
fact_flows "pulled, at once"
fact_events "pulled, at once: events"
await "^eth0 down"
settle
save_status pulled
fact_flows "pulled"

say "plugged"
mark_events
plug a
await "^eth0 up"
wait_for 30 "the choice is eth0" goes_by eth0
settle
fact_events "plugged: events"
fact_flows "plugged"

say "another router in a renewed lease"
mark_events
stop_dhcp a
serve_dhcp a 1 50 50 2 20 keep
router_in_main() { main_default | grep -q "via 100.64.1.2 dev eth0"; }
wait_for 60 "the router in main" router_in_main
sleep 3
settle
fact_events "renewed: events"
fact "renewed: way" "$(ip route get $server | head -n 1)"
fact_flows "renewed"

say "nothing to be reached"
mark_events
kill $web
await "connectivity-change"
settle
fact_events "no connectivity: events"
save_status "no-connectivity"
fact_flows "no connectivity"

say "a bridge"
mark_events
pull c
wait_for 5 "the kernel knows" has_no_carrier eth2
nmcli -w 0 connection down eth0
nmcli -w 0 connection down eth1
await "^eth1 down"
settle
save_status bridge-pulled
plug c
wait_for 60 "the bridge has a path" sh -c "ip route get $server | grep -q 'dev br0 '"
settle
fact_flows "bridge"
save_status bridge

say "pre-down"
ln -s ../90-waymark /etc/NetworkManager/dispatcher.d/pre-down.d/90-waymark
nmcli -w 30 connection up eth0 >/dev/null
nmcli -w 30 connection up eth1 >/dev/null
wait_for 60 "the choice is eth0" goes_by eth0
settle
mark_events
nmcli -w 30 connection down eth0 >/dev/null
await "^eth0 down"
settle
fact_events "down: events"
fact_flows "down"
nmcli -w 30 connection up eth0 >/dev/null
wait_for 60 "the choice is eth0" goes_by eth0
settle

say "reapply"
ours() { ip rule; ip route show table all proto 87 | sort; nft --stateless list table inet waymark; }
ours | save ours.before
mark_events
nmcli connection modify eth1 ipv4.route-metric 250
nmcli -w 30 device reapply eth1 >/dev/null
await "^eth1 reapply"
settle
ours | save ours.reapplied
fact "main reapplied" "$(main_default)"

say "a tunnel"
cat >/etc/NetworkManager/system-connections/tun7.nmconnection <<END
[connection]
id=tun7
type=tun
interface-name=tun7
[tun]
mode=2
[ipv4]
method=manual
address1=10.7.0.1/24
route1=198.51.100.0/24,10.7.0.2
never-default=true
[ipv6]
method=disabled
END
chmod 600 /etc/NetworkManager/system-connections/tun7.nmconnection
nmcli connection reload
if nmcli -w 30 connection up tun7 >/dev/null 2>/tmp/tun; then
  settle
  fact "tunnel" "$(ip route get 198.51.100.7 | head -n 1)"
  fact "tunnel: others" "$(ip route get $server | head -n 1)"
else
  fact "tunnel" "$(cat /tmp/tun)"
fi

say "networking switched off and on"
mark_events
nmcli networking off
for device in eth0 eth1 br0; do await "^$device down"; done
settle
save_status off
nmcli networking on
for device in eth0 eth1 br0; do await "^$device up" 90; done
wait_for 60 "the choice is eth0" goes_by eth0
settle
fact_events "off and on: events"
fact_flows "on"
save_status on

say "started anew"
mark_events
kill $manager
wait $manager || :
start_manager
await "^eth0 up"
await "^eth1 up"
settle
fact_events "restarted: events"
fact_flows "restarted"
ip -4 route show table main | save main.end
tr '<' '\n' </xchg/saved/journal | grep -a ' waymark\[' | save waymark.log || :
waymark stop >/dev/null
say "done"
