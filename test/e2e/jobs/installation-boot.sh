#!/bin/bash
# The first boot of what installation-image.sh made.
set -eu
# shellcheck source=installation-lib.sh
. /xchg/jobs/installation-lib.sh

save_units units
waymark status --json | save status
look_at_way way
fact order "$(systemctl show --property=After --value waymark.service | tr ' ' '\n' | grep -c '^nftables.service$')"
systemctl is-active --quiet nftables || journalctl --no-pager -b -u nftables
# Ours follows by itself; nobody waits for it.
for action in reload restart; do
  systemctl "$action" nftables
  wait_for 60 "Waymark's table is back after $action" nft list table inet waymark
done
systemctl stop nftables
systemctl start nftables
wait_for 60 "Waymark's table is back after stop and start" nft list table inet waymark
wait_for 60 "waymark.service has settled" systemctl is-active waymark.service
save_units units-after
fact failed "$(systemctl --failed --no-legend --plain | tr '\n' ' ')"
systemd-analyze security --no-pager waymark.service | tail -n 1 | save security
journalctl --no-pager -q -u waymark.service -t waymark | save journal
