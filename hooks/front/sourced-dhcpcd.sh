# dhcpcd-run-hooks reads this file into its own shell, which must stay as it was, and waits for it. All that is done there
# is to start the hook as a process of its own, that nobody waits for, and to go on.
case ${0##*/} in
  70-waymark | dhcpcd) ;;
  *)
    (
      {
        cd /
        # In the sandbox of Debian's dhcpcd.service nothing can be written, and Node dies (MemoryDenyWriteExecute=, which is
        # a filter of system calls). So systemd starts the hook, outside of it.
        sandbox=
        [ -w /run ] || sandbox=yes
        while IFS= read -r line; do
          case $line in Seccomp:*2) sandbox=yes ;; esac
        done </proc/self/status
        if [ -n "$sandbox" ] && [ -d /run/systemd/system ]; then
          set -- /usr/bin/systemd-run --quiet --no-block --collect --description="Waymark hears of dhcpcd"
@SETENV@
        else
          set -- /usr/bin/setsid
        fi
        exec "$@" /bin/sh @TARGET@
      } </dev/null >/dev/null 2>&1 &
    ) || :
    return 0
    ;;
esac
