#!/bin/sh
# Lies in pppd's directories before and behind the hook (000record and zz-recorded): writes down what pppd said and what
# the kernel showed then, as a line in /xchg/saved/events, and at the beginning arguments and variables as they were in /xchg/events.
directory=${0%/*}
directory=${directory##*/}
if [ "${0##*/}" = zz-recorded ]; then
  echo "end $directory $1 $4 pppd=$PPPD_PID" >>/xchg/saved/events
  exit 0
fi
state=gone
if [ -e "/sys/class/net/$1" ]; then
  state=$(ip -o link show dev "$1" | sed -n 's/.*<\([^>]*\)>.*/\1/p')
fi
address=$(ip -4 -o addr show dev "$1" 2>/dev/null | sed -n 's/.* inet \([0-9.]*\).*/\1/p')
read -r up _ </proc/uptime
echo "begin $directory $1 $4 pppd=$PPPD_PID at=$up kernel: $state ${address:-no address}" >>/xchg/saved/events
printf '%s\0' "$directory" "$@" >"/xchg/events/$up-$$.argv"
env -0 >"/xchg/events/$up-$$.env"
