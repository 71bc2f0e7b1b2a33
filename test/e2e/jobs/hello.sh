#!/bin/bash
# What a bed is like: for bed.test.ts.
# shellcheck source=lib.sh
. /xchg/jobs/lib.sh
say "hello"
fact arguments "$#" "$@"
fact release "$(cut -d . -f 1 /etc/debian_version)"
fact kernel "$(uname -r)"
fact links "$(ip -o link | wc -l)"
fact node "$(node -p process.versions.node)"
fact first "$(tr '\0' ' ' </proc/1/cmdline)"
fact ppp "$(modprobe ppp_generic 2>&1 && echo there)"
fact host "$(hostname)"
[ ! -e /written ] || fact "left over" /written
touch /written && fact written "$(ls /written)"
touch /waymark/written 2>/dev/null || fact checkout read-only
sysctl -q -w net.ipv4.ip_forward=1 && fact forward "$(cat /proc/sys/net/ipv4/ip_forward)"
fact install.sh "$(test -x /waymark/install.sh && test -x /waymark/dist/waymark && echo there)"
(install_waymark --no-start >/dev/null)
fact command "$(waymark --version)"
printf 'two\nlines\n' | save text
exit "${1:-0}"
