#!/bin/busybox sh
# shellcheck shell=dash
# The first process of a guest, out of the initial ram disk: a throw-away layer over the shared root, and on to the job.
export PATH=/bin
busybox mount -t proc proc /proc
busybox mount -t sysfs sysfs /sys
busybox mount -t devtmpfs dev /dev

give_up() {
  echo "guest: $*" >/dev/console
  busybox poweroff -f
}
share() { busybox mount -t 9p -o "trans=virtio,version=9p2000.L,msize=512000,$3" "$1" "$2" || give_up "no share $1"; }

while read -r module; do busybox insmod "/modules/$module" || give_up "insmod $module"; done </modules/order
share root /lower ro,cache=loose
busybox mount -t tmpfs -o mode=755 tmpfs /over
busybox mkdir /over/upper /over/work /over/root
new=/over/root
busybox mount -t overlay -o lowerdir=/lower,upperdir=/over/upper,workdir=/over/work overlay $new || give_up "no overlay"
for name in proc sys dev; do busybox mount --move /$name $new/$name; done
busybox mkdir -p $new/dev/pts $new/dev/shm
busybox mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts $new/dev/pts
busybox mount -t tmpfs -o mode=1777 shm $new/dev/shm
busybox mount -t tmpfs -o mode=755 run $new/run
busybox mkdir $new/run/lock
busybox mount -t tmpfs -o mode=1777 tmp $new/tmp
busybox mkdir -p $new/lib/modules
share modules $new/lib/modules ro,cache=loose
# No cache: what the job writes is read on the other side while it runs.
share xchg $new/xchg rw
share waymark $new/waymark ro,cache=loose
[ -e $new/dev/fd ] || busybox ln -s /proc/self/fd $new/dev/fd
exec busybox switch_root $new /bin/sh /xchg/.bed/boot
