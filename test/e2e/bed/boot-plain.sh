#!/bin/sh
# The first process in a guest's root, where no init is wanted: runs the job and switches the guest off.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C TERM=dumb
hostname bed
# udev's part
ln -s /proc/self/fd/0 /dev/stdin
ln -s /proc/self/fd/1 /dev/stdout
ln -s /proc/self/fd/2 /dev/stderr
echo 0 >/proc/sys/kernel/printk
mount -t cgroup2 none /sys/fs/cgroup
ip link set lo up
/bin/bash /xchg/.bed/start
sync
umount /xchg
echo o >/proc/sysrq-trigger
exec sleep 60
