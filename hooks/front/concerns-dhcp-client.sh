concerns() {
  case ${reason-} in '' | PREINIT* | MEDIUM | ARPCHECK | ARPSEND | NBI | TEST | DUMP) return 1 ;; esac
  case ${interface-} in '' | lo) return 1 ;; esac
  [ "$index" = any ] || known "$interface"
}
