#!/bin/sh
# The first process in a guest's root, where systemd is wanted: gives it the job as a service, and becomes it.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C TERM=dumb
echo 0 >/proc/sys/kernel/printk
echo bed >/etc/hostname
: >/etc/fstab
echo 0123456789abcdef0123456789abcdef >/etc/machine-id
# As while an image is made: that folder would say that systemd runs (sd_booted(3)).
if [ -f /xchg/.bed/prepare ]; then
  ip link set lo up
  /bin/bash /xchg/.bed/prepare >/xchg/prepare.out 2>&1 </dev/null || echo "prepare: exit status $?" >>/xchg/prepare.out
fi
mkdir -p /run/systemd/system/multi-user.target.wants
cat >/run/systemd/system/bed-job.service <<'UNIT'
[Unit]
Description=The job of this bed
After=multi-user.target
[Service]
Type=oneshot
Environment=HOME=/root LC_ALL=C TERM=dumb
WorkingDirectory=/xchg
ExecStart=/bin/bash /xchg/.bed/start
ExecStopPost=/bin/systemctl poweroff --force --force
UNIT
ln -s ../bed-job.service /run/systemd/system/multi-user.target.wants/
# What a machine in a bed has no use for.
for unit in getty.target apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer \
  logrotate.timer man-db.timer systemd-timesyncd.service NetworkManager-wait-online.service hostapd.service radvd.service; do
  ln -s /dev/null "/run/systemd/system/$unit"
done
exec /lib/systemd/systemd --unit=multi-user.target
