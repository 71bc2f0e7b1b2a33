#!/bin/bash
# wifi.sh br0|eth0: a laptop's cable (in a bridge or not) and its Wi-Fi. wifi.test.ts says what each step must have left.
# NetworkManager tells of a cable without a bridge, so that there the hooks are enough for most of it; with a bridge
# `waymark watch` is there all the time.
set -eu
cable=$1
# shellcheck source=wifi-scene.sh
. /xchg/jobs/wifi-scene.sh

keep() {
  save events <$kept/events
  journalctl -b -o short-monotonic --no-hostname -t waymark | save waymark.log || :
  journalctl -b -q -o short-monotonic --no-hostname -t waymark -p warning | save waymark.warnings || :
  journalctl -b -o short-monotonic --no-hostname -u NetworkManager -u wpa_supplicant -u systemd-logind -u systemd-suspend | save others.log || :
}
trap keep EXIT

record_events
profiles "$cable"
systemctl restart NetworkManager
fact version "$(NetworkManager --version)"
router
radios
open_access 1
await "^$cable up"
await "^wlan0 up"
fact cable "$(address_of "$cable")"
fact wifi "$(address_of wlan0)"
fact_events "boot"
ip -4 route show table main | save main.before

install_waymark
save starting </etc/waymark/waymark.toml
waymark status --json | save installed
ip -4 route show table main | save main.installed
if [ "$cable" = eth0 ]; then
  systemctl stop waymark-watch.service
  carrier=
else
  carrier='carrier   = "eth0"'
fi
cat >/etc/waymark/waymark.toml <<END
[uplink.cable]
interface = "$cable"
$carrier
verify    = "gateway"
tier      = 1

[uplink.wifi]
interface = "wlan0"
tier      = 2
END
waymark apply | save apply
settle
mark_events
look "applied"
hold early
held early "applied"

say "cable pulled"
mark_events
pull
wait_for 5 "the kernel knows" has_no_carrier eth0 || :
fact_flows "pulled, at once"
keeps_address "pulled, at once"
fact_events "pulled, at once"
cable_is_told down
settle
look "pulled"
keeps_address "pulled"
fact "pulled: neighbours" "$(ip neigh show dev "$cable" | grep -c lladdr || :)"
hold late
held late "pulled"

say "another access point"
open_access 2
mark_events
roam 2
sleep 5
settle
look "roamed"
held late "roamed"
keeps_address "roamed"

say "out of its range"
mark_events
leave_range 2
wait_for 60 "with access point 1" is_with "$(bssid 1)" || :
wait_for 60 "the way is wlan0" goes_by wlan0 || :
sleep 5
settle
look "out of range"
held late "out of range"
close_access 2

say "no access point"
mark_events
close_access 1
wifi_is_lost
settle
waymark status --json | save nowhere
fact_events "nowhere"
mark_events
open_access 1
wifi_is_back
wait_for 60 "the way is wlan0" goes_by wlan0 || :
settle
look "access point back"
held late "access point back"

say "radio off and on"
mark_events
nmcli radio wifi off
await "^wlan0 down"
settle
waymark status --json | save radio-off
fact_events "radio off"
mark_events
nmcli radio wifi on
# The switch is that of all radios of this machine, the access point's too.
close_access 1
open_access 1
wait_for 180 "^wlan0 up" is_found || :
wait_for 60 "the way is wlan0" goes_by wlan0 || :
settle
look "radio on"
held late "radio on"

say "asleep, on Wi-Fi"
mark_events
suspend
await "^wlan0 up"
wait_for 60 "the way is wlan0" goes_by wlan0 || :
settle
look "woken"
held late "woken"

say "cable plugged"
mark_events
plug
cable_is_told up
wait_for 60 "the way is $cable" goes_by "$cable" || :
settle
look "plugged"
held early "plugged"
held late "plugged"

say "no Wi-Fi, on the cable"
mark_events
close_access 1
wifi_is_lost
settle
look "cable alone"
held early "cable alone"
mark_events
open_access 1
wifi_is_back
settle
look "both again"

say "with the service"
systemctl start waymark-watch.service
mark_events
pull
wait_for 5 "the kernel knows" has_no_carrier eth0 || :
keeps_address "watched, pulled at once"
cable_is_told down
settle
look "watched, pulled"
mark_events
plug
cable_is_told up
wait_for 60 "the way is $cable" goes_by "$cable" || :
settle
look "watched, plugged"

say "asleep, cable pulled meanwhile"
mark_events
suspend "ip -n router link set port down"
await "^wlan0 up"
cable_is_told down
wait_for 60 "the way is wlan0" goes_by wlan0 || :
settle
look "pulled asleep"

say "asleep, cable plugged meanwhile"
mark_events
suspend "ip -n router link set port up"
await "^wlan0 up"
cable_is_told up
wait_for 60 "the way is $cable" goes_by "$cable" || :
settle
look "plugged asleep"
held early "plugged asleep"
held late "plugged asleep"

ip -4 route show table main | save main.end
say "done"
