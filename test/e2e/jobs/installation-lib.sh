# shellcheck shell=bash
# A machine with two uplinks, somebody else's routing and packet filter, and ways to compare it with itself. Sourced.
# shellcheck source=two-uplinks.sh
. /xchg/jobs/two-uplinks.sh

export DEBIAN_FRONTEND=noninteractive

# The default by uplink0; uplink1 in reserve.
two_defaults() {
  two_uplinks
  ip route add default via 192.0.2.1 dev uplink0
  ip route add default via 198.51.100.1 dev uplink1 metric 100
  own_addresses
}

# What is not Waymark's and must be as it was afterwards: a rule, its table, and a packet filter that is loaded at boot.
somebody_elses() {
  ip rule add from 10.99.0.0/16 lookup 99 priority 500
  ip route add 10.99.0.0/16 dev uplink1 table 99
  cat >/etc/nftables.conf <<'RULES'
#!/usr/sbin/nft -f
flush ruleset
table inet site {
  chain input {
    type filter hook input priority 0; policy accept;
    ct state established accept
  }
}
RULES
  nft -f /etc/nftables.conf
}

# NAME: every file and directory where Waymark or dpkg may put something, with type, mode and owner; links with their
# targets. Not what dpkg, apt and others remember of the time.
save_files() {
  find /etc /usr/bin /usr/sbin /usr/lib/systemd /usr/lib/tmpfiles.d /usr/share/bash-completion /usr/share/doc \
    /usr/share/lintian /usr/share/man /usr/share/waymark /var/lib \
    \( -path /var/lib/dpkg -o -path /var/lib/apt -o -path /var/lib/NetworkManager -o -path '/var/lib/systemd/*' \
    ! -path '/var/lib/systemd/deb-systemd-helper*' \) -prune -o -printf '%y %m %u:%g %p %l\n' 2>/dev/null |
    sort -k 4 | save "$1"
}

# NAME: those that are Waymark's.
save_ours() {
  find /etc /usr /var/lib -xdev -path /var/lib/dpkg -prune -o \( -path '*waymark*' \) -printf '%y %m %u:%g %p\n' |
    sort -k 4 | save "$1"
}

# NAME: what systemd has to say about the units.
save_units() {
  systemctl show --property=Id,ActiveState,SubState,UnitFileState,NeedDaemonReload,Result \
    waymark.service waymark-watch.service | save "$1"
}

# NAME: by which gateway the server is reached, and whether it answers.
look_at_way() {
  fact "$1" "$(ip route get $server | grep -o 'via [^ ]* dev [^ ]*') $(ping -n -c 1 -W 2 $server >/dev/null && echo answers)"
}

# NAME: every hook is run as by its caller (dhclient reads its own into its shell); how it ended and what it said become
# the fact.
run_hooks() {
  local common=(PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin)
  local up=("${common[@]}" IFACE=uplink0 LOGICAL=uplink0 ADDRFAM=inet METHOD=static MODE=start PHASE=post-up)
  local hook said status
  for hook in /etc/ppp/ip{,v6}-{up,down}.d/waymark /etc/network/if-{up,post-down}.d/waymark \
    /etc/ifplugd/action.d/waymark /etc/NetworkManager/dispatcher.d/90-waymark; do
    status=0
    said=$(env -i "${up[@]}" "$hook" uplink0 up 2>&1) || status=$?
    fact "$1" "$hook: $status $said"
  done
  hook=/etc/dhcp/dhclient-exit-hooks.d/waymark status=0
  said=$(env -i "${common[@]}" reason=BOUND interface=uplink0 new_ip_address=192.0.2.2 sh -ec ". $hook" 2>&1) || status=$?
  fact "$1" "$hook: $status $said"
}
