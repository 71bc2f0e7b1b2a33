#!/bin/bash
# make-root.sh RELEASE: prints the path of a Debian root file system of that release, made if it is not kept already.
#
# Everything comes from the archive that this machine's own apt uses for Debian. Downloads need the network; no
# maintainer script ever does: they run in network, process and mount namespaces of their own, with a read-only /sys.
. "$(dirname "$0")/common.sh"

release=$1
case $release in bookworm | trixie) ;; *) die "no bed of release $release: bookworm or trixie" ;; esac
list() { sed 's/#.*//' "$@" | xargs; }
packages() { list "$bed/packages-common" "$bed/packages-$release"; }

# Lines `URI SUITE COMPONENT` of this machine's Debian sources, for the other release.
sources() {
  # shellcheck disable=SC2016 # apt's own variables
  apt-get indextargets --format '$(ORIGIN) $(CODENAME) $(REPO_URI) $(COMPONENT)' 'Created-By: Packages' |
    awk -v release="$release" '$1 == "Debian" && $4 == "main" && $2 ~ /^[a-z]+(-updates|-security)?$/ {
      sub(/^[a-z]+/, release, $2)
      print $3, $2, $4
    }' | sort -u
}

# ROOT COMMAND...: in the root, without a network.
aside() {
  # shellcheck disable=SC2016 # for the inner shell
  unshare --net --mount --pid --ipc --uts --fork --kill-child --propagation private sh -ec '
    root=$1; shift
    mount -t proc proc "$root/proc"
    mount -t sysfs -o ro sysfs "$root/sys"
    mount -t tmpfs tmpfs "$root/run"
    mount -t devpts devpts "$root/dev/pts"
    exec chroot "$root" "$@"' sh "$@"
}

make() {
  local root=$1/root mirror
  mirror=$(sources | awk -v release="$release" '$2 == release { print $1; exit }')
  [ -n "$mirror" ] || die "this machine's apt has no Debian archive to take $release from"
  [ -f /usr/share/debootstrap/scripts/"$release" ] || die "this debootstrap knows no $release"

  debootstrap --foreign --variant=minbase --include=ca-certificates "$release" "$root" "$mirror"
  aside "$root" /debootstrap/debootstrap --second-stage

  # No daemon is started by its installation.
  printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
  chmod 755 "$root/usr/sbin/policy-rc.d"
  printf 'APT::Install-Recommends "false";\nAPT::Sandbox::User "root";\n' >"$root/etc/apt/apt.conf.d/99bed"
  sources | sed 's/^/deb /' >"$root/etc/apt/sources.list"
  cp /etc/resolv.conf "$root/etc/resolv.conf"
  chroot "$root" apt-get -q update
  # shellcheck disable=SC2046 # a list of packages
  chroot "$root" apt-get -q -y --download-only install $(packages)
  mkdir "$root/extra" "$root/xchg" "$root/waymark"
  # shellcheck disable=SC2016,SC2046 # for the inner shell; a list
  chroot "$root" sh -ec 'cd /extra && apt-get -q download "$@"' sh $(list "$bed/packages-aside")
  rm "$root/etc/resolv.conf"
  # shellcheck disable=SC2046
  aside "$root" apt-get -q -y --no-download install $(packages)
  aside "$root" apt-get clean
  rm -rf "$root"/var/lib/apt/lists/* "$root/usr/sbin/policy-rc.d"
}

place=$(place_of "root-$release" "$0" "$bed"/packages-{common,aside,"$release"})
make_once "$place" make
printf '%s/root\n' "$place"
