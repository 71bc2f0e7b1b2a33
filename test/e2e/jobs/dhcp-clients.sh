#!/bin/bash
# dhcp-clients.sh dhclient|dhcpcd: an uplink by that client, and one with a fixed address behind it. Nobody but the client's
# own hooks tells Waymark anything.
set -eu
# shellcheck source=ethernet-scene.sh
. /xchg/jobs/ethernet-scene.sh

case $1 in
  dhclient)
    directory=/etc/dhcp/dhclient-exit-hooks.d
    before=wa-before hook=$directory/waymark after=waymark-after
    start() { dhclient -q -pf "/run/dhclient-$1.pid" -lf "/run/$1.leases" "$1"; }
    release() { dhclient -q -r -pf "/run/dhclient-$1.pid" -lf "/run/$1.leases" "$1"; }
    ;;
  dhcpcd)
    directory=/usr/lib/dhcpcd/dhcpcd-hooks
    before=69-before hook=$directory/70-waymark after=71-after
    start() { dhcpcd -q -4 "$1"; }
    release() { dhcpcd -q -4 -k "$1"; }
    ;;
esac

no_hook_runs() { ! pgrep -f "/bin/sh $hook" >/dev/null; }

# What the caller's shell is before our hook and after it, and that those behind it have their turn.
cat >"$directory/$before" <<'END'
set >/tmp/shell-before
trap >>/tmp/shell-before
echo "$- $# $(umask) $(pwd)" >>/tmp/shell-before
END
cat >"$directory/$after" <<'END'
set >/tmp/shell-after
trap >>/tmp/shell-after
echo "$- $# $(umask) $(pwd)" >>/tmp/shell-after
# That a loop over the hooks names another file is the caller's doing.
diff /tmp/shell-before /tmp/shell-after | grep '^[<>]' | grep -vE "^[<>] (_|script|hook|exit_status|1|LINENO)=" >>/xchg/saved/changed
date "+%s.%N $interface $reason ${new_ip_address-} ${new_routers-}" >>/xchg/saved/events
END
: >/xchg/saved/changed
: >/xchg/saved/events

internet
line a 1 eth0
line b 2 eth1
line other 3 eth2
ip addr add 100.64.2.9/24 dev eth1
ip link set eth1 up
work_with <<'END'
[uplink.cable]
interface = "eth0"
tier      = 1

[uplink.spare]
interface = "eth1"
gateway   = "100.64.2.1"
tier      = 2
END
fact "hook mode" "$(stat -c '%a %U %G' "$hook")"
fact_flows "without a lease"

say "a lease"
serve_dhcp a 1 50 59 1 20
start eth0
wait_for 30 "the choice is eth0" goes_by eth0
fact_flows "with a lease"
save_status lease
fact "main with a lease" "$(main_default)"

say "another address and router"
serve_dhcp a 1 150 159 2 20
wait_for 90 "the new address" has_address eth0 100.64.1.15
wait_for 30 "its router" sh -c "waymark status --json | grep -q '\"gateway\": *\"100.64.1.2\"'"
fact_flows "renumbered"
save_status renumbered
ip rule | save renumbered.rules

say "the cable"
events=$(wc -l </xchg/saved/events)
pull a
wait_for 5 "the kernel knows" has_no_carrier eth0
fact_flows "pulled, at once"
case $1 in
  dhclient) fact "events of the cable" "$(tail -n "+$((events + 1))" /xchg/saved/events | wc -l)" ;;
  dhcpcd) wait_for 30 "the events of the cable" has_lines /xchg/saved/events 'eth0 EXPIRE' 2 ;;
esac
wait_for 30 "the hooks have ended" no_hook_runs
save_status pulled
plug a
wait_for 60 "an address" has_address eth0 100.64.1.15
wait_for 30 "the choice is eth0" goes_by eth0
fact_flows "plugged"

say "no server any more"
stop_dhcp a
wait_for 120 "the lease has run out" sh -c "! ip -4 -o addr show dev eth0 | grep -q inet"
wait_for 30 "the choice is eth1" goes_by eth1
fact_flows "expired"
save_status expired

say "a server again, and the lease given back"
serve_dhcp a 1 50 59 1 60
wait_for 120 "an address" has_address eth0 100.64.1.5
wait_for 30 "the choice is eth0" goes_by eth0
fact_flows "served again"
release eth0
wait_for 30 "the choice is eth1" goes_by eth1
fact_flows "released"
wait_for 30 "the hooks have ended" no_hook_runs
save_status released

say "a lease of an interface that is nobody's uplink"
serve_dhcp other 3 50 59 1 60
start eth2
wait_for 60 "an address" has_address eth2 100.64.3.
wait_for 10 "its event" grep -qE 'eth2 BOUND' /xchg/saved/events
fact "spool" "$(ls /run/waymark/events)"
wait_for 30 "the hooks have ended" no_hook_runs
fact "lines about eth2" "$(tr '<' '\n' </xchg/saved/journal | grep waymark | grep -c eth2 || :)"
release eth2

wait_for 30 "the hooks have ended" no_hook_runs
waymark stop >/dev/null
save_kernel stopped
say "done"
