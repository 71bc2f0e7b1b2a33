#!/bin/bash
# in-systemd.sh JOB ARGUMENT...: in bed `namespaces`, runs another job as a service of the root's own systemd, which is the
# first process of namespaces within the bed's. What a guest does in minutes takes seconds here, on this machine's kernel.
set -eu
job=$1
shift
printf '%q ' /bin/bash "/xchg/jobs/$job" "$@" >/job-command

# systemd wants a control group of its own; this machine's other processes stay where they are.
mount -t cgroup2 none /sys/fs/cgroup
group=/sys/fs/cgroup/waymark-bed.$(cut -d - -f 1 /proc/sys/kernel/random/uuid)
mkdir "$group"

cat >/first-process <<'END_OF_FIRST'
set -eu
mount --make-rprivate /
umount /sys/fs/cgroup
mount -t cgroup2 none /sys/fs/cgroup
# As in the bed: of /proc/sys only what belongs to the network namespace can be written.
mkdir /whole-proc
mount -t proc proc /whole-proc
mount -t proc proc /proc
mount --bind /proc/sys /proc/sys
mount -o remount,bind,ro /proc/sys
mount --bind /whole-proc/sys/net /proc/sys/net
[ ! -e /proc/sysrq-trigger ] || mount --bind /dev/null /proc/sysrq-trigger

echo bed >/etc/hostname
: >/etc/fstab
echo 0123456789abcdef0123456789abcdef >/etc/machine-id
mkdir -p /run/systemd/system/multi-user.target.wants
cat >/run/systemd/system/bed-job.service <<UNIT
[Unit]
Description=The job of this bed
After=multi-user.target
[Service]
Type=oneshot
Environment=HOME=/root LC_ALL=C TERM=dumb
WorkingDirectory=/xchg
StandardOutput=append:/xchg/out
StandardError=append:/xchg/out
ExecStart=/bin/bash -c 'bash -c "\$(cat /job-command)"; echo \$? >/job-status'
ExecStopPost=/bin/systemctl exit --force
UNIT
ln -s ../bed-job.service /run/systemd/system/multi-user.target.wants/
# What has no use, or no business, here.
for unit in getty.target console-getty.service systemd-udevd.service systemd-udev-trigger.service apt-daily.timer \
  apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer logrotate.timer man-db.timer \
  systemd-timesyncd.service NetworkManager-wait-online.service hostapd.service radvd.service; do
  ln -s /dev/null "/run/systemd/system/$unit"
done
export container=other
exec setpriv --inh-caps -all --bounding-set -sys_boot,-sys_time,-sys_module,-sys_rawio,-syslog,-mac_admin,-audit_control \
  /lib/systemd/systemd --unit=multi-user.target
END_OF_FIRST

(
  echo $BASHPID >"$group/cgroup.procs"
  exec unshare --cgroup --mount --pid --fork --kill-child bash /first-process
) || echo "systemd ended with $?"
find "$group" -depth -type d -exec rmdir {} +
[ -s /job-status ] || exit 1
exit "$(cat /job-status)"
