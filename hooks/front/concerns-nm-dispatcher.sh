concerns() {
  case ${2-} in hostname | dns-change | device-add | device-delete) return 1 ;; esac
  case ${1-} in lo | none) return 1 ;; esac
  [ "$index" = any ] && return 0
  for name in "${1-}" "${DEVICE_IP_IFACE-}" "${DEVICE_IFACE-}" "${VPN_IP_IFACE-}"; do
    [ -n "$name" ] && known "$name" && return 0
  done
  [ "${2-}" = connectivity-change ] && [ -z "${1-}" ]
}
