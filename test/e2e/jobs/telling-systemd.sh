#!/bin/bash
# Under a real systemd: name servers published to systemd-resolved and taken back; programs of notify.d run in a unit of
# their own, which lives on when the unit of the hook that had something to tell ends; dial commands of a hardened
# `waymark watch` run in units of their own too, outlive its restart, and are ended with all that they started.
set -eu
# shellcheck source=lib.sh
. /xchg/jobs/lib.sh

for line in "eth0 198.51.100" "usb0 198.51.101"; do
  read -r device network <<<"$line"
  ip link add "$device" type veth peer name "far-$device"
  ip addr add "$network.2/24" dev "$device"
  ip link set "$device" up
  ip link set "far-$device" up
done

dpkg --install /extra/systemd-resolved_*.deb >/dev/null 2>&1
# A bus that was there before has not let the new user have its name.
systemctl reload dbus
systemctl restart systemd-resolved
wait_for 300 "systemd-resolved" resolvectl status
# What another manager has set on the second line.
resolvectl dns usb0 198.51.101.1
resolvectl domain usb0 home.example
links() {
  for device in eth0 usb0; do
    for what in dns domain default-route; do resolvectl --no-pager "$what" "$device"; done
  done | sed 's/^Link [0-9]* //'
}
links | save before

cp /waymark/dist/waymark /usr/bin/waymark
mkdir -p /etc/waymark/notify.d
cp /waymark/dist/hooks/ifupdown /etc/network/if-up.d/waymark
cat >/etc/waymark/notify.d/note <<'END'
#!/bin/sh
sleep 1
echo "$WAYMARK_EVENT $WAYMARK_UPLINK $(cut -d : -f 3 /proc/self/cgroup)" >>/var/tmp/notes
END
cat >/usr/local/bin/dial <<'END'
#!/bin/sh
touch /usr/local/written-by-dial
echo "$$ $(cut -d : -f 3 /proc/self/cgroup) $WAYMARK_UPLINK $1" >>/var/tmp/dials
sleep 1234 &
exec sleep 4321
END
chmod 755 /etc/waymark/notify.d/note /usr/local/bin/dial
cat >/etc/waymark/waymark.toml <<'END'
[uplink.adsl]
interface = "eth0"
gateway = "198.51.100.1"
tier = 1
dns = "198.51.100.53"

[uplink.lte]
interface = "usb0"
gateway = "198.51.101.1"
tier = 2
dns = ["9.9.9.9"]

[uplink.gsm]
interface = "ppp9"
tier = 3
redial = ["dial", "$(id) $HOME"]

[dns]
END
is() { resolvectl --no-pager "$1" "$2" | grep -q -- "$3"; }
is_not() { ! is "$@"; }

waymark apply >/dev/null
wait_for 300 "the first line's server" is domain eth0 '~\.'
links | save adsl
wait_for 300 "notices" has_lines /var/tmp/notes . 5
save notes </var/tmp/notes

# A hook whose unit ends, with all its processes, as soon as it does.
rm /var/tmp/notes
ip link set eth0 down
systemd-run --quiet --wait --property=KillMode=control-group \
  --setenv=IFACE=eth0 --setenv=LOGICAL=eth0 --setenv=ADDRFAM=inet --setenv=METHOD=static --setenv=MODE=start \
  --setenv=PHASE=post-up /etc/network/if-up.d/waymark
wait_for 300 "the other line's server" is domain usb0 '~\.'
wait_for 300 "the first line's server to be taken back" is_not dns eth0 198.51
links | save lte
wait_for 300 "the hook's notices" has_lines /var/tmp/notes . 2
save hook-notes </var/tmp/notes

# The service as it is installed.
cp /waymark/packaging/waymark-watch.service /etc/systemd/system/
sed -i 's/^WatchdogSec=.*/WatchdogSec=600/; s/^TimeoutStartSec=.*/TimeoutStartSec=600/' /etc/systemd/system/waymark-watch.service
systemctl daemon-reload
systemctl start waymark-watch || fact start "$?"
wait_for 300 "a dial" has_lines /var/tmp/dials . 1
save dials </var/tmp/dials
fact written "$(ls /usr/local/written-by-dial)"
read -r pid _ </var/tmp/dials
systemctl restart waymark-watch || fact restart "$?"
fact survivor "$(cat "/proc/$pid/comm")"
sleep 15
fact "dials after the restart" "$(grep -c . /var/tmp/dials)"
# It brings no line for two minutes: it is ended, and what it started too.
gone() { [ ! -e "/proc/$pid" ]; }
wait_for 300 "the dial that hung to be ended" gone
fact "left of the dial" "$(pgrep -fc 'sleep 1234' || true)"
systemctl stop waymark-watch

waymark stop >/dev/null
links | save after
journalctl --no-pager -o cat -u waymark-watch -t waymark | save journal
