#!/bin/bash
# Before the boot: the house stands, and Waymark is installed and enabled, as on a disk.
set -eu
# shellcheck source=service-house.sh
. /xchg/jobs/service-house.sh

house
owner
others
# What boot-systemd.sh has laid there already would look as if systemd ran.
mv /run/systemd/system /run/systemd/system-later
install_waymark --no-start
systemctl --root=/ enable waymark.service waymark-watch.service nftables.service
mv /run/systemd/system-later /run/systemd/system
