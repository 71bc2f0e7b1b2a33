# The shell front of a hook: decides in a millisecond whether the event concerns an uplink, leaves it where whoever holds
# the lock finds it, and starts Node with a clean environment. Whatever happens, the caller gets status 0.
WAYMARK_NODE=
self=$0 hook=@HOOK@ end='#@@ waymark end @@#' run=/run/waymark conf=/etc/waymark/waymark.toml

known() {
  [ ${#1} -le 160 ] || return 1
  case $index in *" $1 "*) return 0 ;; esac
  return 1
}

@CONCERNS@

# `waymark stop` holds until `apply`, or until the configuration is another one.
[ "$run/stopped" -nt "$conf" ] && exit 0

# An index that is not newer than the configuration, or not there, decides nothing.
index=
if [ "$run/index" -nt "$conf" ] && [ "$run/index" -nt /etc/waymark ] && IFS= read -r index <"$run/index"; then
  concerns "$@" || exit 0
else
  [ -e "$conf" ] || [ -e /var/lib/waymark/last-good.json ] || exit 0
  index=any
  concerns "$@" || exit 0
fi

# Directories that are not absolute or not root's are no place to look for programs in.
path= node=$WAYMARK_NODE old=$IFS IFS=:
for dir in $PATH; do
  case $dir in /*) [ -O "$dir" ] || continue ;; *) continue ;; esac
  path=$path${path:+:}$dir
  [ -n "$node" ] || ! [ -x "$dir/node" ] || node=$dir/node
done
for dir in /usr/bin /usr/local/bin; do
  [ -n "$node" ] || ! [ -x "$dir/node" ] || node=$dir/node
done
IFS=$old PATH=${path:-/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin}

# The event as a list: arguments first, then the variables that are understood.
[ $# -le 16 ] || set -- "$1" "$2" "$3" "$4" "$5" "$6"
for word; do
  set -- "$@" "@$word"
  shift
done
@VARIABLES@

umask 022
{ [ -d "$run/events" ] || mkdir -p -m 0755 "$run" && [ -d "$run/events" ] || mkdir -m 0700 "$run/events"; } 2>/dev/null
spooled=$run/events/$hook.$$ said=$run/said
if printf '%s\0' "$@" . 2>/dev/null >"$spooled"; then
  set --
else
  spooled= said=/dev/null
fi
lock=$run
[ -d "$lock" ] || lock=/run

# Node gets this first piece as an argument, and the rest of the file when it asks for it.
first=@FIRST@

# Behind the lock: an event whose file is gone was dealt with by whoever held the lock before. The kernel is looked at
# while Node starts.
locked() {
  env -i PATH="$PATH" flock -F -w 20 -E 75 "$lock" /bin/sh -c '
    [ -z "$2" ] || [ -e "$2" ] || exit 0
    node=$1 run=$3 first=$4
    shift 4
    look() { timeout 15 ip "$@" -N -j -force -batch - 2>/dev/null; }
    {
      [ ! -r "$run/look" ] || look <"$run/look"
      [ ! -s "$run/look6" ] || { echo "#"; look -6 <"$run/look6"; }
    } | "$node" -e "$first" -- "$0" "$@"
  ' "$self" "${node:-node}" "$spooled" "$run" "$first" "$@" 2>"$said"
}

# What Node prints are lines for the journal; logger starts beside it and ends with it.
{
  locked "$@"
  status=$?
  if [ $status -ne 0 ] && [ $status -ne 75 ]; then
    # It may be the code cache: V8 trusts what it reads there.
    rm -f "$run"/code.*
    locked "$@"
    status=$?
  fi
  case $status in
    0) ;;
    75) env -i PATH="$PATH" "${node:-node}" -e "$first" -- "$self" --lock-timeout "$lock" ;;
    *)
      [ "$(tail -n 1 "$self")" = "$end" ] || echo "<3>$hook: $self is damaged, its end is missing; install Waymark anew"
      echo "<3>$hook: ended with status $status: $(head -c 500 "$said" | tr -c '[:print:]' ' ')"
      ;;
  esac
} </dev/null 2>/dev/null | logger --prio-prefix -t waymark -p daemon.info --id=$$ >/dev/null 2>&1
exit 0
