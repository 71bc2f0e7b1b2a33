concerns() {
  # NetworkManager and other daemons' own pppd: their dispatcher tells of it.
  case ${6:-${PPP_IPPARAM-}} in /org/freedesktop/NetworkManager/PPP/* | nm-*-service-*) return 1 ;; esac
  [ "$index" = any ] && return 0
  for name in "${6-}" "${PPP_IPPARAM-}" "${LINKNAME-}" "${CALL_FILE-}"; do
    # The shell takes its time over long text, and members of group dip may set any.
    [ -n "$name" ] && [ ${#name} -le 128 ] || continue
    known "peer:$name" || known "peer:${name##*[/]}" && return 0
  done
  known "${1:-${PPP_IFACE:-${IFNAME-}}}"
}
