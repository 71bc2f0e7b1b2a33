#!/bin/bash
# Runs a job as root in a bed. Prints what the job prints, returns its exit status; 255 if the bed failed, 124 if the
# time was up.
usage() {
  cat <<'END'
Usage: run.sh [OPTION...] BED RELEASE JOB [ARGUMENT...]

  BED      namespaces  new network, mount, process, host name and IPC namespaces of this machine's kernel
           guest       a virtual machine with Debian's kernel of that release (has PPP, wlan; everything is slow)
           systemd     the same, and systemd is its first process
  RELEASE  bookworm | trixie
  JOB      a bash script

  --limit SECONDS    the job's time, default 300 (a guest's start counts)
  --xchg DIRECTORY   an empty directory to share as /xchg; default: a new one below .cache/e2e/runs
  --checkout DIRECTORY  what copy-checkout.sh made; default: a new copy
  --prepare SCRIPT   bed systemd: run in the root before systemd starts
  --append TEXT      guests: added to the kernel's command line, such as systemd.mask=NetworkManager.service
END
}
. "$(dirname "$0")/common.sh"

in_namespaces() {
  env -i PATH="$PATH" timeout --foreground -k 5 "$limit" \
    unshare --net --mount --pid --uts --ipc --fork --kill-child --propagation private \
    "$bed/enter-namespaces.sh" "$root" "$xchg" "$checkout" >"$xchg/console" 2>&1 </dev/null {lock}>&-
}

share() { printf '%s\n' -fsdev "local,id=$1,path=$2,security_model=none,multidevs=remap$3" -device "virtio-9p-pci,fsdev=$1,mount_tag=$1"; }
in_guest() {
  local shares
  cp "$bed/boot-$1.sh" "$xchg/.bed/boot"
  mapfile -t shares < <(share root "$root" ,readonly=on && share modules "$guest/lib/modules" ,readonly=on &&
    share xchg "$xchg" '' && share waymark "$checkout" ,readonly=on)
  # One processor: with two, this emulation is slower.
  timeout --foreground -k 5 "$limit" qemu-system-x86_64 -nodefaults -no-user-config -no-reboot -M pc \
    -cpu max,la57=off -accel tcg,thread=multi,tb-size=1024 -smp 1 -m 1024 -display none -serial "file:$xchg/console" \
    -kernel "$guest/vmlinuz" -initrd "$guest/initrd.gz" \
    -append "console=ttyS0 quiet panic=-1 mitigations=off nokaslr random.trust_cpu=on tsc=reliable $append" \
    "${shares[@]}" >"$xchg/qemu.log" 2>&1 </dev/null
}

# All of it is read before it begins: a job takes minutes, and somebody may edit this file meanwhile.
main() {
  limit=300 xchg='' checkout='' prepare='' append=''
  while [ $# -gt 0 ]; do
    case $1 in
      --limit) limit=$2 ;;
      --xchg) xchg=$2 ;;
      --checkout) checkout=$2 ;;
      --prepare) prepare=$2 ;;
      --append) append=$2 ;;
      --help) usage && exit 0 ;;
      -*) usage >&2 && exit 2 ;;
      *) break ;;
    esac
    shift 2
  done
  [ $# -ge 3 ] || { usage >&2 && exit 2; }
  kind=$1 release=$2 job=$3
  shift 3
  case $kind in namespaces | guest | systemd) ;; *) die "no bed $kind: namespaces, guest or systemd" ;; esac
  [ -f "$job" ] || die "no job $job"

  root=$("$bed/make-root.sh" "$release")
  exec {lock}<"${root%/root}"
  flock -s "$lock"
  if [ "$kind" != namespaces ]; then
    guest=$("$bed/make-guest.sh" "$release")
    exec {guest_lock}<"$guest"
    flock -s "$guest_lock"
  fi
  if [ -z "$checkout" ]; then
    checkout=$(mktemp -d "$cache/checkout.XXXXXX")
    trap 'rm -rf --one-file-system "$checkout"' EXIT
    "$bed/copy-checkout.sh" "$checkout"
  fi
  if [ -z "$xchg" ]; then
    mkdir -p "$cache/runs"
    find "$cache/runs" -mindepth 1 -maxdepth 1 -mmin +1440 -exec rm -rf --one-file-system {} +
    xchg=$(mktemp -d "$cache/runs/$(basename "${job%.sh}").XXXXXX")
  fi
  mkdir -p "$xchg/.bed" "$xchg/saved"
  cp "$job" "$xchg/job"
  cp -r "$repository/test/e2e/jobs" "$xchg/jobs"
  cp "$bed/start.sh" "$xchg/.bed/start"
  printf '%s\0' "$@" >"$xchg/.bed/arguments"
  [ $# -gt 0 ] || : >"$xchg/.bed/arguments"
  [ -z "$prepare" ] || cp "$prepare" "$xchg/.bed/prepare"

  bed_status=0
  case $kind in
    namespaces) in_namespaces || bed_status=$? ;;
    guest) in_guest plain || bed_status=$? ;;
    systemd) in_guest systemd || bed_status=$? ;;
  esac
  [ ! -f "$xchg/out" ] || cat "$xchg/out"
  [ ! -f "$xchg/.bed/status" ] || exit "$(cat "$xchg/.bed/status")"
  say "the job $job did not end in bed $kind $release; what there is lies in $xchg"
  if [ "$bed_status" = 124 ] || [ "$bed_status" = 137 ]; then
    say "its time was up after $limit s"
    exit 124
  fi
  tail -n 15 "$xchg/console" "$xchg/qemu.log" >&2 2>/dev/null || :
  exit 255
}

main "$@"
