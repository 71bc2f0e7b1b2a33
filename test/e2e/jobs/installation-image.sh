#!/bin/bash
# An image is built: no systemd runs yet, the package is put in, configured, and enabled for the first boot.
set -eu
# shellcheck source=installation-lib.sh
. /xchg/jobs/installation-lib.sh

two_defaults
save_kernel kernel-before
dpkg -i /xchg/waymark_"$(cat /xchg/first)"_all.deb
save_kernel kernel-packaged
cat >/etc/waymark/waymark.toml <<'TOML'
[uplink.first]
interface = "uplink0"

[uplink.second]
interface = "uplink1"
tier = 2
TOML
systemctl enable waymark.service waymark-watch.service nftables.service
