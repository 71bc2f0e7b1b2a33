#!/bin/bash
# Before the boot: the house stands, and Waymark is installed and enabled, as on a disk.
set -eu
# shellcheck source=service-house.sh
. /xchg/jobs/service-house.sh

house
owner
others
install_waymark --no-start
systemctl enable waymark.service waymark-watch.service nftables.service
