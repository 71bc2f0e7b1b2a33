# shellcheck shell=bash
# What jobs share: `. /xchg/jobs/lib.sh`. Facts are what the scenario's tests look at afterwards.

# NAME VALUE...: adds a value to the fact NAME.
fact() {
  local name=$1
  shift
  printf '%s\t%s\n' "$name" "${*//$'\n'/ }" >>/xchg/facts
}

# NAME: keeps standard input, as it is, under this name.
save() { cat >"/xchg/saved/$1"; }

# TEXT...: a line of the job's output, with the seconds since the machine started.
say() { printf '[%s] %s\n' "$(cut -d ' ' -f 1 /proc/uptime)" "$*"; }

# SECONDS WHAT COMMAND...: waits until the command succeeds. A wait in vain is said, becomes the fact `timeout`, and fails.
wait_for() {
  local limit=$1 what=$2 began=$SECONDS
  shift 2
  until "$@" >/dev/null 2>&1; do
    if [ $((SECONDS - began)) -ge "$limit" ]; then
      say "waited $limit s in vain: $what"
      fact timeout "$what"
      return 1
    fi
    sleep 0.1
  done
  say "$what"
}

# Where no journal is: what is said to syslog is kept as journal, one message after the other.
collect_log() {
  socat -u UNIX-RECV:/dev/log,mode=666 OPEN:/xchg/saved/journal,creat,append &
  wait_for 10 "syslog" test -S /dev/log
}

# FILE PATTERN COUNT: whether at least so many lines match.
has_lines() { [ "$(grep -cE -- "$2" "$1" 2>/dev/null)" -ge "$3" ]; }

# Installs Waymark as a user does, with install.sh's own options. Its output is kept as install.
# shellcheck disable=SC2120 # without options is the usual way
install_waymark() {
  (cd /waymark && ./install.sh "$@") >/xchg/saved/install 2>&1
  local status=$?
  fact install "$status"
  [ "$status" = 0 ] || cat /xchg/saved/install
  say "install.sh $* ended with $status"
  return "$status"
}

# Everything of the routing that Waymark may touch, under this name, for a comparison before and after.
# Counters, handles and life times are left out: they change by themselves.
save_kernel() {
  {
    for family in -4 -6; do
      echo "## rules $family"
      ip "$family" rule
      echo "## routes $family"
      ip "$family" route show table all | sed 's/ expires [0-9]*sec//' | sort
    done
    echo "## packet filter"
    nft --stateless list ruleset
    echo "## settings"
    sysctl -a 2>/dev/null | grep -E '^net\.(ipv4|ipv6)\.(conf|ip_forward|fib_|route)' | sort
  } 2>&1 | save "$1"
}
