# The shell front of the command: verbs that change something get the lock, and Node gets a clean environment.
WAYMARK_NODE=

front() {
  self=$0 run=/run/waymark
  node=${WAYMARK_NODE:-$(command -v node || command -v nodejs)}
  if [ -z "$node" ]; then
    echo "waymark: there is no node in PATH ($PATH); install Debian's package nodejs" >&2
    exit 1
  fi
  first=@FIRST@
  changes=
  case ${1-} in apply | stop | enable | disable | drain) changes=yes ;; esac
  for word; do
    case $word in --help | -h) changes= ;; esac
  done
  # Sockets of this group are health checks (lib/plan/probe-marks.ts); Debian 13's node may not change its group itself.
  # Who runs for months is not to be as large as Node would let it grow before it tidies up.
  group= options=
  if [ "${1-}" = watch ] && [ -z "${2-}" ] && [ "$(id -u)" = 0 ]; then
    group='setpriv --regid=@PROBE_GROUP@ --keep-groups'
    options='--v8-pool-size=0 --max-semi-space-size=1 --optimize-for-size'
  fi
  # systemd's part is for `watch`.
  # shellcheck disable=SC2086
  set -- $group env -i PATH="$PATH" TERM="${TERM-}" COLUMNS="${COLUMNS-}" ${NO_COLOR+NO_COLOR="$NO_COLOR"} ${TZ+TZ="$TZ"} \
    ${NOTIFY_SOCKET+NOTIFY_SOCKET="$NOTIFY_SOCKET"} ${WATCHDOG_USEC+WATCHDOG_USEC="$WATCHDOG_USEC"} "$node" $options -e "$first" -- "$self" "$@"
  [ -n "$changes" ] && [ "$(id -u)" = 0 ] || exec "$@"
  [ -d "$run" ] || mkdir -p -m 0755 "$run" || run=/run
  flock -F -w 60 -E 75 "$run" "$@"
  status=$?
  [ $status -ne 75 ] || exec env -i PATH="$PATH" "$node" -e "$first" -- "$self" --lock-timeout "$run"
  exit $status
}

[ "${1-}" = use ] || front "$@"

# Node says how the command is to be run; then Perl makes it so and gives way to it, in this very process. Nothing is set
# here but one variable of no usual name: the command gets the environment and the open files as they came.
_waymark_use=$(front "$@") || exit
case $_waymark_use in
  'use '*) ;;
  *)
    printf '%s\n' "$_waymark_use"
    exit 0
    ;;
esac
shift 2
[ "$1" != -- ] || shift
PERL_BADLANG=0 exec /usr/bin/perl -e @USE@ -- ${_waymark_use#use } "${PERL_BADLANG+x$PERL_BADLANG}" "$@"
exit 127
