#!/bin/bash
# dhcpcd as the service of Debian's package dhcpcd, in its sandbox. Nobody else tells Waymark anything.
set -eu
# shellcheck source=ethernet-scene.sh
. /xchg/jobs/ethernet-scene.sh

internet
line a 1 eth0
line b 2 eth1
ip addr add 100.64.2.9/24 dev eth1
ip link set eth1 up
mkdir -p /etc/waymark
cat >/etc/waymark/waymark.toml <<'END'
[uplink.cable]
interface = "eth0"
tier      = 1

[uplink.spare]
interface = "eth1"
gateway   = "100.64.2.1"
tier      = 2
END
install_waymark --no-start
waymark apply >/xchg/saved/apply
fact_flows "without a lease"

# The unit of dhcpcd 1:9.4.1-24~deb12u5, word for word.
cat >/etc/systemd/system/dhcpcd.service <<'END'
[Unit]
Description=DHCP Client Daemon on all interfaces
Wants=network.target
Before=network.target
Documentation=man:dhcpcd(8)

[Service]
Type=forking
PIDFile=/run/dhcpcd/pid
ExecStart=/usr/sbin/dhcpcd -q -b
ExecStop=/usr/sbin/dhcpcd -x
RuntimeDirectory=dhcpcd
ProtectSystem=strict
ReadWritePaths=/var/lib/dhcpcd /run/dhcpcd /etc/wpa_supplicant /etc/dhcpcd.conf /etc/resolv.conf
ProtectHome=true
PrivateDevices=true
ProtectClock=true
ProtectKernelModules=true
ProtectKernelLogs=true
ProtectControlGroups=true
RestrictNamespaces=true
LockPersonality=true
MemoryDenyWriteExecute=true
RestrictRealtime=true
RestrictSUIDSGID=true
SystemCallFilter=@system-service chroot
SystemCallErrorNumber=EPERM
SystemCallArchitectures=native
END
mkdir -p /etc/wpa_supplicant /var/lib/dhcpcd
[ -e /etc/resolv.conf ] || : >/etc/resolv.conf
# Here is no udev that would say that the device is ready.
printf '%s\n' 'allowinterfaces eth0' ipv4only nodev >>/etc/dhcpcd.conf
# What a hook sees there.
cat >/usr/lib/dhcpcd/dhcpcd-hooks/69-look <<'END'
if [ -w /run ]; then echo "/run can be written"; else echo "/run cannot be written"; fi >>/run/dhcpcd/look
/usr/bin/node -e 0 >/dev/null 2>&1
echo "node ends with $?" >>/run/dhcpcd/look
END
serve_dhcp a 1 50 50 1 600
systemctl daemon-reload
systemctl start dhcpcd
wait_for 90 "the choice is eth0" goes_by eth0 || { journalctl --no-pager -n 60; cat /run/dhcpcd/look; systemctl status dhcpcd --no-pager; false; }
fact "sandbox" "$(sort -u /run/dhcpcd/look | paste -sd ,)"
fact_flows "with a lease"
save_status lease
journalctl -t waymark -o cat --no-pager | save journal
pull a
wait_for 240 "it is told" sh -c "journalctl -t waymark -o cat --no-pager | grep -q 'dhcpcd eth0 down'"
fact_flows "pulled"
units_left() { systemctl list-units --all --plain --no-legend 'run-*.service' | grep -c 'Waymark hears'; }
# dhcpcd may have something more to tell a moment later.
none_left() { ! units_left && sleep 1 && ! units_left; }
wait_for 20 "no unit" none_left || :
fact "units left" "$(units_left || :)"
say "done"
