# shellcheck shell=sh
# What install.sh and the package's postinst do alike. The package carries this text in its script.

# Output that nobody reads any more (a lost ssh session) must not end the script half-way.
say() { printf '%s\n' "$*" || :; }
has() { command -v "$1" >/dev/null 2>&1; }

has_uplink() { grep -Eq '^[[:space:]]*\[[[:space:]]*uplink[[:space:]]*\.' "$1"; }

# PREFIX: what is set up here so that hooks are not run, by `warn`.
look_around() {
  [ ! -x "$1/etc/ppp/ip-up.local" ] ||
    warn "/etc/ppp/ip-up.local is executable: pppd runs it instead of ip-up.d, so Waymark is not told of PPP links"
  scripts=$(grep -lsE '^[[:space:]]*ip(v6)?-(up|down)-script' "$1"/etc/ppp/peers/* "$1"/etc/ppp/options*) || :
  [ -z "$scripts" ] || warn "ip-up-script in" "$scripts" "replaces /etc/ppp/ip-up: Waymark is not told of that link"
  if [ -f "$1/etc/default/ifplugd" ] && ! grep -Eq '^ARGS=.*-[A-Za-z0-9]*I' "$1/etc/default/ifplugd"; then
    warn "ARGS in /etc/default/ifplugd lacks -I: ifplugd ends as soon as any script of action.d fails"
  fi
}

# Default gateways of the main table, `ADDRESS DEVICE` a line; the far end where a PPP link names no gateway.
gateways() {
  for family in -4 -6; do ip "$family" route show table main default 2>/dev/null || :; done | awk '{
    via = "-"; dev = ""
    for (i = 1; i < NF; i++) { if ($i == "via") via = $(i + 1); if ($i == "dev") dev = $(i + 1) }
    if (dev != "" && via != "inet6") print via, dev
  }' | sort -u | while read -r gateway device; do
    [ "$gateway" != - ] ||
      gateway=$(ip -4 -o address show dev "$device" | sed -n 's/.* peer \([0-9.]*\).*/\1/p' | head -n 1)
    [ -z "$gateway" ] || say "$gateway $device"
  done
}

# ADDRESS DEVICE TRIES: prints `ping`, or `neigh` for a gateway that answers ARP only; nothing when it is silent.
answer() {
  case $1 in fe80:*) host=$1%$2 ;; *) host=$1 ;; esac
  try=0
  while [ "$try" -lt "$3" ]; do
    ! ping -n -c 1 -W 1 "$host" >/dev/null 2>&1 || { say ping; return 0; }
    has ping || sleep 1
    try=$((try + 1))
  done
  case $(ip neigh show "$1" dev "$2" 2>/dev/null) in *REACHABLE*) say neigh ;; esac
}

# ADDRESS DEVICE HOW. A neighbour entry outlives a broken route, so the way there is looked at too.
still_answers() {
  now=$(answer "$1" "$2" 3)
  case $3 in ping) [ "$now" = ping ] ;; *) [ -n "$now" ] && ip route get "$1" 2>/dev/null | grep -q " dev $2 " ;; esac
}

# Applies the configuration and sets `verdict`: `wrong` (nothing was applied), `good`, `failed` (the gateways still
# answer), or `cut ADDRESS`: then it is the caller's to take all back, and signals are ignored until the script ends.
# shellcheck disable=SC2034 # it is the caller's to read
guarded_apply() {
  verdict=wrong
  waymark check || return 0
  before=$(gateways | while read -r gateway device; do say "$gateway $device $(answer "$gateway" "$device" 3)"; done)
  # From here to the verdict a lost terminal must not stop us.
  trap '' HUP INT TERM PIPE
  verdict=good
  waymark apply || verdict=failed
  while read -r gateway device how; do
    if [ -z "$gateway" ]; then continue; fi
    if [ -z "$how" ]; then say "gateway $gateway ($device) was silent before: not watched"; continue; fi
    still_answers "$gateway" "$device" "$how" || { verdict="cut $gateway"; return 0; }
  done <<GATEWAYS
$before
GATEWAYS
  trap - HUP INT TERM PIPE
}
