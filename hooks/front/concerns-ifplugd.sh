concerns() {
  [ "$index" = any ] || known "${1-}"
}
