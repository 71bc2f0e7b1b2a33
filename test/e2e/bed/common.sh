# shellcheck shell=bash
# What the bed's programs share. Sourced.
set -euo pipefail
export LC_ALL=C DEBIAN_FRONTEND=noninteractive PATH="$PATH:/usr/sbin:/sbin"
umask 022

bed=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository=$(cd "$bed/../../.." && pwd)
cache=$repository/.cache/e2e
export bed repository cache

say() { printf '%s\n' "e2e: $*" >&2; }
die() { say "$*"; exit 255; }

[ "$(id -u)" = 0 ] || die "must be root, for namespaces and file systems: sudo npm run test:e2e"

mkdir -p "$cache"

# NAME FILE...: where a thing made from these files is kept. Another recipe is another place.
place_of() {
  local name=$1
  shift
  printf '%s/%s-%s\n' "$cache" "$name" "$(cat "$@" | sha256sum | cut -c 1-12)"
}

# PLACE: removes what other recipes made under the same name, unless a job still runs on it.
drop_others() {
  local other held
  for other in "${1%-*}"-*; do
    if [ ! -d "$other" ] || [ "$other" = "$1" ]; then continue; fi
    exec {held}<"$other"
    ! flock -n "$held" || rm -rf --one-file-system "$other" "$other.log" "$other.lock"
    exec {held}<&-
  done
}

# PLACE MAKER ARGUMENT...: makes what is not there, whole or not at all; those who come at the same time wait.
make_once() {
  local place=$1 lock status since=$SECONDS
  shift
  exec {lock}>"$place.lock"
  flock "$lock"
  if [ ! -d "$place" ]; then
    say "making ${place##*/} (log: $place.log)"
    rm -rf --one-file-system "$place.new"
    mkdir "$place.new"
    # Not in the condition itself: there, errexit would not count.
    set +e
    (set -e && "$@" "$place.new") >"$place.log" 2>&1 </dev/null
    status=$?
    set -e
    if [ "$status" != 0 ]; then
      tail -n 15 "$place.log" >&2
      die "${place##*/} could not be made, see above and $place.log"
    fi
    mv "$place.new" "$place"
    drop_others "$place"
    say "made ${place##*/} in $((SECONDS - since)) s, $(du -sm "$place" | cut -f 1) MB"
  fi
  exec {lock}>&-
}
