#!/bin/bash
# enter-namespaces.sh ROOT XCHG CHECKOUT: as the first process of new namespaces (see run.sh), changes into a throw-away
# layer over ROOT and runs the job there. Only what belongs to the network namespace can be written below /proc/sys.
set -euo pipefail
root=$1 xchg=$2 checkout=$3

mount -t tmpfs -o mode=755 tmpfs /mnt
mkdir /mnt/upper /mnt/work /mnt/root /mnt/proc
new=/mnt/root
mount -t overlay -o "lowerdir=$root,upperdir=/mnt/upper,workdir=/mnt/work" overlay $new
mount -t proc proc $new/proc
mount -t proc proc /mnt/proc
mount -t sysfs sysfs $new/sys
mount -t tmpfs -o mode=755 dev $new/dev
for name in null zero full random urandom tty; do
  : >$new/dev/$name
  mount --bind /dev/$name $new/dev/$name
done
mkdir $new/dev/net $new/dev/pts $new/dev/shm
if [ -e /dev/net/tun ]; then
  : >$new/dev/net/tun
  mount --bind /dev/net/tun $new/dev/net/tun
fi
ln -s /proc/self/fd $new/dev/fd
ln -s /proc/self/fd/0 $new/dev/stdin
ln -s /proc/self/fd/1 $new/dev/stdout
ln -s /proc/self/fd/2 $new/dev/stderr
mount -t devpts -o newinstance,gid=5,mode=620,ptmxmode=666 devpts $new/dev/pts
ln -s pts/ptmx $new/dev/ptmx
mount -t tmpfs -o mode=1777 shm $new/dev/shm
mount -t tmpfs -o mode=755 run $new/run
mkdir $new/run/lock
mount -t tmpfs -o mode=1777 tmp $new/tmp
mount --bind "$xchg" $new/xchg
mount --bind "$checkout" $new/waymark
mount -o remount,bind,ro $new/waymark

mount --bind $new/proc/sys $new/proc/sys
mount -o remount,bind,ro $new/proc/sys
mount --bind /mnt/proc/sys/net $new/proc/sys/net
[ ! -e $new/proc/sysrq-trigger ] || mount --bind /dev/null $new/proc/sysrq-trigger

hostname bed
cd $new
mkdir -p .old
pivot_root . .old
umount -l /.old
rmdir /.old
ip link set lo up
exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C TERM=dumb \
  /bin/bash /xchg/.bed/start
