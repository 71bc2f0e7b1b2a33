# The shell front of a hook: decides in a millisecond whether the event concerns an uplink, leaves it where whoever holds
# the lock finds it, and starts Node with a clean environment. Whatever happens, the caller gets status 0.
WAYMARK_NODE=
exec 3<&- 4<&- 5<&- 6<&- 7<&- 8<&- 9<&-
newline='
'
self=$0 hook=@HOOK@ end='#@@ waymark end @@#' run=/run/waymark conf=/etc/waymark/waymark.toml

known() {
  [ ${#1} -le 160 ] || return 1
  case $index in *" $1 "*) return 0 ;; esac
  return 1
}

@CONCERNS@

# A package that was removed leaves its hooks behind.
[ -z "$WAYMARK_NODE" ] || [ -x /usr/bin/waymark ] || command -v waymark >/dev/null || exit 0

# `waymark stop` holds until `apply`, or until the configuration is another one; so does, over reboots, a configuration
# that cut the machine off when the package was installed.
[ "$run/stopped" -nt "$conf" ] && exit 0
[ /var/lib/waymark/taken-back -nt "$conf" ] && exit 0

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
# Made before it is chosen: the first two events of a boot must not lock two different directories.
lock=$run
[ -d "$lock" ] || mkdir -m 0755 "$lock" 2>/dev/null || [ -d "$lock" ] || lock=/run
say() { exec logger --prio-prefix -t waymark -p daemon.info --id >/dev/null 2>&1; }

# For bash, which can send a datagram without starting a program: says whether the packet filter drops what goes to the
# place that it was made to drop, and not to the one beside it (lib/kernel/canary.ts).
sign='
  sign() {
    read -r host beside <"$1"
    sent() { echo >"/dev/udp/$1/9"; } 2>/dev/null
    if sent "$host"; then
      echo "$host gone"
    elif sent "$beside"; then
      echo "$host there"
    fi
  }'

# Behind `waymark watch` there is nothing to wait for: it takes what lies in the spool. As long as it does not hang, the time
# of its file lies some seconds ahead (lib/watch/service.ts).
watched() {
  IFS= read -r watcher <"$run/watch.pid" && IFS= read -r name <"/proc/$watcher/comm" && [ "$name" = waymark-watch ]
} 2>/dev/null
spool() {
  { [ -d "$run/events" ] || mkdir -p -m 0755 "$run" && [ -d "$run/events" ] || mkdir -m 0700 "$run/events"; } &&
    printf '%s\0' "$@" . >"$spooled"
} 2>/dev/null
spooled=$run/events/$hook.$$ said=$run/said
if [ -r "$run/watch.pid" ] && watched && spool "$@" && [ "$run/watch.pid" -nt "$spooled" ]; then exit 0; fi

# An event that had nothing to do the last time: if all is as it was then, it is done.
calm=
if [ -x /bin/bash ] && [ "$run/calm" -nt "$conf" ] && [ "$run/calm" -nt /etc/waymark ]; then
  old=$IFS IFS=$newline
  event="$hook$newline$*"
  IFS=$old
  # By `command`, a file that is damaged does not end us.
  command . "$run/calm" >/dev/null 2>&1 || calm=
fi
if [ -n "$calm" ] && env -i PATH="$PATH" LC_ALL=C flock -F -w 2 "$lock" timeout 2 /bin/bash --norc -c "$sign"'
    run=$1 event=$2
    set -- "$run"/events/*
    [[ ! -e $1 && -s $run/look && ! $run/look -nt $run/seen ]] || exit 1
    # Once more: whoever had the lock before may have written it.
    calm=
    . "$run/calm" && [[ -n $calm ]] || exit 1
    ask() { ip $1 -N -j -force -batch - <"$run/look${1#-}"; }
    look=$(
      ask
      echo "#"
      [[ ! -s $run/look4 ]] || ask -4
      echo "#"
      [[ ! -s $run/look6 ]] || ask -6
      echo "#"
    )
    . "$run/seen" && [[ $(sign "$run/sign") == *" there" ]]
  ' waymark "$run" "$event" </dev/null >/dev/null 2>&1; then
  echo "<6>$calm: nothing to do" | say
  exit 0
fi

if spool "$@"; then
  set --
else
  spooled= said=/dev/null
fi

# Node gets this first piece as an argument, and the rest of the file when it asks for it.
first=@FIRST@
letgo=@LET_GO@

# Behind the lock: an event whose file is gone was dealt with by whoever held the lock before. While Node starts, `ip`
# looks at the kernel; then it waits for what Node has to change (lib/kernel/ip-session.ts). They talk through two named
# pipes, which only the holder of the lock opens. Which events waited before that look is written down: one that came
# later may tell of what `ip` did not see any more, and Node looks again.
# Through a third pipe come Node's words: `release`, that connections are to be let go, for which perl gets ready until
# there is `go`; and `done`, that all is done and told. Nobody waits then until Node has prepared the next event, when it
# lets the lock go, and has ended. Only a Node that ended without that word is asked for its status.
locked() {
  exec env -i PATH="$PATH" LC_ALL=C flock -F -w 20 -E 75 "$lock" /bin/sh -c '
    [ -z "$2" ] || [ -e "$2" ] || exit 0
    node=$1 run=$3 first=$4 sign=$5 letgo=$6
    shift 6
    echo "$run"/events/* >"$run/waiting"
    for pipe in "$run/to-ip" "$run/from-tools" "$run/words"; do
      [ -p "$pipe" ] || mkfifo -m 0600 "$pipe" 2>/dev/null || exec "$node" -e "$first" -- "$0" "$@" </dev/null
    done
    # What a run left that was killed is owed still, and is planned anew.
    true >"$run/release"
    # Opened for both ways first, since that waits for nobody; but whoever writes must not be a reader too: where the other
    # end is gone, it would fill the pipe and wait for ever.
    exec 4<>"$run/to-ip" 5<"$run/to-ip" 6<>"$run/from-tools" 8<"$run/from-tools" 7<>"$run/words" 9<"$run/words"
    exec 4>"$run/to-ip" 6>"$run/from-tools" 7>"$run/words"
    trap "" PIPE
    "$node" -e "$first" -- "$0" "$@" <&8 5<&- 6<&- 8<&- 9<&- &
    program=$!
    exec >/dev/null 7<&- 8<&-
    # A long look is written to a file by an `ip` of its own, so that none waits for Node to empty a pipe; the other one
    # learns meanwhile what the devices are called (`netconf`: ll_init_map), which it would ask one by one.
    long=
    [ ! -s "$run/look" ] || [ ! -s "$run/look-is-long" ] || long=yes
    questions() {
      while IFS= read -r line; do echo "$line"; done <"$run/look"
      echo "netconf show dev lo"
    }
    if [ -n "$long" ]; then
      echo "netconf show dev lo" >&4
    elif [ -s "$run/look" ]; then
      questions >&4
    fi
    exec 4<&-
    {
      [ ! -r "$run/sign" ] || [ ! -x /bin/bash ] || /bin/bash --norc -c "$sign; sign \$1" waymark "$run/sign"
      echo "#"
      ask() { timeout 15 ip $1 -N -j -force -batch - <"$run/look${1#-}"; }
      [ ! -s "$run/look4" ] || ask -4
      echo "#"
      [ ! -s "$run/look6" ] || ask -6
      echo "#"
      if [ -n "$long" ]; then
        # Where the file cannot be written it still holds an older look.
        if questions | { timeout 15 ip -N -j -force -batch - || :; } >"$run/looked"; then echo file; else echo none; fi
      fi
      echo "#"
      {
        timeout 15 ip -N -j -force -batch - <&5 2>"$run/ip-said"
        echo "#end"
      } 9<&- &
      exec 5<&-
      while read -r word <&9; do
        case $word in
          release)
            {
              { read -r word <&9; [ "$word" = go ] || true >"$run/release"; echo "$word"; } | perl -e "$letgo" "$run/release" ||
                [ ! -s "$run/release" ] || timeout 15 conntrack -R "$run/release"
            } >/dev/null 2>"$run/conntrack-said"
            echo "#$?"
            ;;
          done) exit 0 ;;
        esac
      done
    } >&6 2>/dev/null
    exec 6<&- 9<&-
    wait $program
    status=$?
    wait
    exit $status
  ' "$self" "${node:-node}" "$spooled" "$run" "$first" "$sign" "$letgo" "$@" 2>"$said"
}

# What is left to do when that ended with another status than 0.
failed() {
  if [ $status -ne 75 ]; then
    # It may be the code cache: V8 trusts what it reads there.
    rm -f "$run"/code.*
    (locked "$@")
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
}

# What Node prints are lines for the journal. logger starts beside it, and ends when Node has said all: nobody else holds
# the pipe open.
{
  locked "$@" &
  exec >/dev/null
  wait $!
  status=$?
  [ $status -eq 0 ] || failed "$@" | say
} </dev/null 2>/dev/null | say
exit 0
