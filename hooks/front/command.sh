# The shell front of the command: verbs that change something get the lock, and Node gets a clean environment.
WAYMARK_NODE=
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
set -- env -i PATH="$PATH" TERM="${TERM-}" COLUMNS="${COLUMNS-}" ${NO_COLOR+NO_COLOR="$NO_COLOR"} "$node" -e "$first" -- "$self" "$@"
[ -n "$changes" ] && [ "$(id -u)" = 0 ] || exec "$@"
[ -d "$run" ] || mkdir -p -m 0755 "$run" || run=/run
flock -F -w 60 -E 75 "$run" "$@"
status=$?
[ $status -ne 75 ] || exec env -i PATH="$PATH" "$node" -e "$first" -- "$self" --lock-timeout "$run"
exit $status
