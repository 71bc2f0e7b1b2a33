concerns() {
  case ${IFACE-} in '' | --all | lo) return 1 ;; esac
  case ${METHOD-} in NetworkManager | ppp | wvdial | loopback) return 1 ;; esac
  [ "$index" = any ] || known "${IFACE%%:*}"
}
