#!/bin/bash
# make-guest.sh RELEASE: prints the path of a guest: Debian's kernel of that release, its modules, and an initial ram
# disk that lays a writable layer over the release's root (see run.sh). Made if it is not kept already.
. "$(dirname "$0")/common.sh"

release=$1
[ "$(dpkg --print-architecture)" = amd64 ] || die "the guest is made for amd64, this is $(dpkg --print-architecture)"
root=$("$bed/make-root.sh" "$release")

# Below a throw-away layer over the root: the lists and the package leave no trace in it. The network is needed.
fetch() {
  # shellcheck disable=SC2016 # for the inner shell
  unshare --mount --propagation private bash -ec '
    root=$1 target=$2
    mount -t tmpfs tmpfs /mnt
    mkdir /mnt/upper /mnt/work /mnt/root
    mount -t overlay -o "lowerdir=$root,upperdir=/mnt/upper,workdir=/mnt/work" overlay /mnt/root
    cp /etc/resolv.conf /mnt/root/etc/resolv.conf
    mount --bind "$target" /mnt/root/xchg
    exec chroot /mnt/root bash -ec "
      apt-get -q update
      kernel=\$(apt-cache depends linux-image-amd64 | sed -n \"s/.*Depends: \\(linux-image-[0-9].*\\)/\\1/p\" | head -n 1)
      cd /xchg
      apt-get -q download \"\$kernel\"
    "' bash "$root" "$1"
}

# GUEST COMMAND...: in the root, with the guest's directory on /xchg.
beside() {
  # shellcheck disable=SC2016 # for the inner shell
  unshare --mount --propagation private sh -ec 'root=$1; mount --bind "$2" "$root/xchg"; shift 2; exec chroot "$root" "$@"' \
    sh "$root" "$@"
}

make() {
  local guest=$1 deb version modules disk module file name
  fetch "$guest"
  deb=$(echo "$guest"/linux-image-*.deb)
  dpkg -x "$deb" "$guest/package"
  rm "$deb"
  version=$(basename "$guest"/package/boot/vmlinuz-*)
  version=${version#vmlinuz-}
  mv "$guest/package/boot/vmlinuz-$version" "$guest/vmlinuz"
  # Debian 13 has the modules below /usr.
  for modules in "$guest"/package/{usr/,}lib/modules; do [ ! -d "$modules/$version" ] || break; done
  mkdir -p "$guest/lib"
  mv "$modules" "$guest/lib/modules"
  rm -rf "$guest/package" "$guest/lib/modules/$version"/{build,source}
  beside "$guest" depmod -b /xchg "$version"

  disk=$guest/disk
  mkdir -p "$disk"/{bin,proc,sys,dev,lower,over,modules}
  cp "$root/bin/busybox" "$disk/bin/busybox"
  for module in virtio_pci 9pnet_virtio 9p overlay; do
    while read -r _ file _; do
      file=$guest/${file#/xchg/}
      name=$(basename "$file")
      name=${name%.xz}
      [ ! -e "$disk/modules/$name" ] || continue
      case $file in *.xz) xz -dc "$file" >"$disk/modules/$name" ;; *) cp "$file" "$disk/modules/$name" ;; esac
      printf '%s\n' "$name" >>"$disk/modules/order"
    done < <(beside "$guest" modprobe -d /xchg -S "$version" --show-depends "$module" | grep '^insmod')
  done
  cp "$bed/guest-init.sh" "$disk/init"
  chmod 755 "$disk/init"
  (cd "$disk" && find . | "$root/bin/busybox" cpio -o -H newc 2>/dev/null) | gzip -1 >"$guest/initrd.gz"
  rm -r "$disk"
}

place=$(place_of "guest-$release" "$0" "$bed/guest-init.sh" <(printf '%s' "$root"))
make_once "$place" make
printf '%s\n' "$place"
