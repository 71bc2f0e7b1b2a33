# shellcheck shell=bash
# A server with two PPPoE lines of one provider, as in examples/home-server.toml, with real pppds at both ends. Sourced.
#
#   this machine            provider-a, provider-b          internet
#   pppN over dsl-a  ------ 100.64.0.1, gives 100.64.1.n -- 203.0.113.1
#   pppN over dsl-b  ------ 100.64.0.1, gives 100.64.2.n --
# shellcheck source=lib.sh
. /xchg/jobs/lib.sh

server=203.0.113.1
# Seconds that anything may take: guests are slow, on a busy machine very slow.
patience=300
peer() { perl /waymark/test/lab/harness/peer.pl "$@"; }
in_namespace() { ip netns exec "$@"; }

# LINE NUMBER: the provider's end of a line, with a pppoe-server whose pppds see neither our hooks nor our /run.
provider() {
  local there=provider-$1
  ip netns add "$there"
  ip link add "dsl-$1" type veth peer name subscriber netns "$there"
  ip link add "to-$1" netns internet type veth peer name wan netns "$there"
  ip link set "dsl-$1" up
  in_namespace "$there" sh -ec "
    ip link set lo up; ip link set subscriber up; ip link set wan up
    sysctl -q -w net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
    ip addr add 192.0.2.$(($2 * 4 + 2))/30 dev wan
    ip route add default via 192.0.2.$(($2 * 4 + 1))
    nft -f - <<'RULES'
      table inet eye {
        set seen { type ipv4_addr . ipv4_addr . inet_proto; flags dynamic; size 4096; }
        chain in {
          type filter hook prerouting priority raw; policy accept;
          iifname \"ppp*\" add @seen { ip saddr . ip daddr . meta l4proto }
        }
      }
      table netdev cut { chain in { type filter hook ingress device subscriber priority 0; policy accept; }; }
RULES"
  ip -n internet addr add "192.0.2.$(($2 * 4 + 1))/30" dev "to-$1"
  ip -n internet link set "to-$1" up
  ip -n internet route add "100.64.$2.0/24" via "192.0.2.$(($2 * 4 + 2))"
  in_namespace "$there" unshare --mount --propagation private sh -ec "
    mount -t tmpfs run /run
    mount -t tmpfs ppp /etc/ppp
    echo '\"user\" * \"secret\" *' >/etc/ppp/pap-secrets
    printf '%s\n' require-pap 'ms-dns 100.64.0.5$2' 'mtu 1492' 'mru 1492' noccp novj 'lcp-restart 1' \
      'lcp-echo-interval 0' +ipv6 >/etc/ppp/provider
    exec pppoe-server -F -I subscriber -C $there -L 100.64.0.1 -R 100.64.$2.10 -N 60 -O /etc/ppp/provider
  " >"/xchg/saved/$there.log" 2>&1 </dev/null &
}

# LINE [OPTION...]: a file in /etc/ppp/peers as pppoeconf writes it, but that pppd is less patient.
peers_file() {
  local line=$1
  shift
  printf '%s\n' 'plugin pppoe.so' "dsl-$line" 'user "user"' noipdefault noauth hide-password usepeerdns persist \
    'maxfail 0' 'holdoff 1' 'lcp-restart 1' 'lcp-echo-interval 2' 'lcp-echo-failure 4' 'mtu 1492' noaccomp \
    default-asyncmap noccp novj +ipv6 "logfile /xchg/saved/pppd-$line.log" "$@" >"/etc/ppp/peers/dsl-$line"
}

# Every run of pppd's scripts is written down: see record-ppp-event.sh.
record_events() {
  local directory name
  mkdir -p /xchg/events
  : >/xchg/saved/events
  for directory in ip-up ip-down ipv6-up ipv6-down; do
    for name in 000record zz-recorded; do
      install -m 755 /xchg/jobs/record-ppp-event.sh "/etc/ppp/$directory.d/$name"
    done
  done
}

events_since=0
# From here on, `await` looks at later events only.
mark_events() { events_since=$(wc -l </xchg/saved/events); }
happened() { tail -n "+$((events_since + 1))" /xchg/saved/events | grep -qE -- "$1"; }
# PATTERN: waits for a line of events since mark_events.
await() { wait_for "$patience" "$1" happened "$1"; }

# LINE: the address, the interface and the process of its pppd; nothing if there is none.
address_of() { ip -4 -o addr show to "100.64.$([ "$1" = a ] && echo 1 || echo 2).0/24" | sed -n 's/.* inet \([0-9.]*\).*/\1/p'; }
device_of() { ip -4 -o addr show to "100.64.$([ "$1" = a ] && echo 1 || echo 2).0/24" | cut -d ' ' -f 2; }
pid_of() { pgrep -f "^/usr/sbin/pppd call dsl-$1\$" || pgrep -f "pppd call dsl-$1"; }

has_address() { [ -n "$(address_of "$1")" ]; }
has_no_address() { ! has_address "$1"; }
knows_address() { ip rule | grep -qF "from $(address_of "$1") "; }
has_no_pppd() { ! pid_of "$1" >/dev/null; }

# LINE: ends the session of a line at the provider's end, which tells pppd.
provider_ends() { pkill -TERM -f "pppd .*100\.64\.0\.1:$(address_of "$1" | sed 's/\./\\./g') "; }

# LINE: the beginning of an address of this line, for patterns.
prefix_of() { [ "$1" = a ] && echo '100\.64\.1\.' || echo '100\.64\.2\.'; }

# NAME: a script below /etc/ppp that takes as long as /tmp/hold is there.
slow() {
  : >/tmp/hold
  printf '#!/bin/sh\nwhile [ -e /tmp/hold ]; do sleep 0.2; done\n' >"/etc/ppp/$1"
  chmod 755 "/etc/ppp/$1"
}

# LINE: two new sessions; the second while the slow script of the first is at work.
redial_unheard() {
  local first
  provider_ends "$1"
  await "^begin ip-up.d .* $(prefix_of "$1")"
  first=$(address_of "$1")
  fact "$1: unheard" "$first"
  [ ! -e /etc/ppp/ip-up.d/y-slow ] || wait_for "$patience" "Waymark knows of it" knows_address "$1"
  provider_ends "$1"
  wait_for "$patience" "another address than $first" has_other_address "$1" "$first"
}
has_other_address() { has_address "$1" && [ "$(address_of "$1")" != "$2" ]; }

# Events since mark_events, in one line: `begin ip-up.d ppp0 100.64.1.10, ...`.
events_order() {
  tail -n "+$((events_since + 1))" /xchg/saved/events | cut -d ' ' -f 1-4 | grep -v ipv6 | paste -sd ,
}
events_count() { tail -n "+$((events_since + 1))" /xchg/saved/events | wc -l; }

# LINE...: dials one after the other, so that the first has the lower pppN.
dial() {
  local line
  for line; do
    mark_events
    pon "dsl-$line"
    await "^end ip-up.d .* $(prefix_of "$line")"
    grep -qx noipv6 "/etc/ppp/peers/dsl-$line" || await '^end ipv6-up.d'
  done
}

hang_up() {
  mark_events
  poff "dsl-$1"
  await "^end ip-down.d"
  wait_for "$patience" "no pppd of dsl-$1" has_no_pppd "$1"
}

# LINE PROTOCOL: connections from the internet to the address of a line.
from_outside() {
  in_namespace internet perl /waymark/test/lab/harness/peer.pl flows "$2" "$(address_of "$1")" 8000 3 "src=$server" |
    tr '\n' ' ' | sed 's/ *$//'
}

# USER PROTOCOL COUNT [OPTION=VALUE...]: connections to the server in the internet: who they were seen as, how many failed.
flows() {
  local user=$1 protocol=$2 count=$3
  shift 3
  setpriv --reuid="$user" --regid="$user" --clear-groups perl /waymark/test/lab/harness/peer.pl \
    flows "$protocol" "$server" 7 "$count" "$@" | tr '\n' ' ' | sed 's/ *$//'
}

# LINE: what the provider saw come in by this line since the last time, one `SOURCE > DESTINATION PROTOCOL` each.
seen() {
  in_namespace "provider-$1" nft -n list set inet eye seen | tr ',' '\n' |
    sed -n 's/.*[ {]\([0-9.]*\) \. \([0-9.]*\) \. \([a-z0-9]*\).*/\1 > \2 \3/p' | sort
  in_namespace "provider-$1" nft flush set inet eye seen
}

# STEP: what holds now, as facts: addresses, flows of both users, what the providers saw, and what Waymark says.
look() {
  local step=$1 line user protocol
  for line in a b; do
    fact "$step: $line" "$(address_of "$line")"
    fact "$step: device $line" "$(device_of "$line")"
    seen "$line" >/dev/null
  done
  for user in mldonkey root; do
    for protocol in tcp udp; do
      fact "$step: $user $protocol" "$(flows "$user" "$protocol" 3 wait=2)"
    done
  done
  for line in a b; do seen "$line" | save "$step.seen-$line"; done
  tables "$step"
  waymark status --json | save "$step.status"
  say "looked: $step"
}

# STEP: all of the kernel's that may name an address, under this name.
tables() {
  {
    ip rule
    ip -6 rule
    ip route show table all
    nft --stateless list ruleset
    conntrack -L 2>/dev/null
  } | save "$1.tables"
}

# NAME USER: probes the server every 100 ms, one long-lived connection, in the background until `probed NAME`.
# Its end is the end of its standard input, which no pppd must inherit: so that is another process's.
probe() {
  mkfifo "/tmp/probe-$1"
  sleep 3600 >"/tmp/probe-$1" &
  echo $! >"/tmp/probe-$1.stop"
  setpriv --reuid="$2" --regid="$2" --clear-groups perl /waymark/test/lab/harness/peer.pl probes same "$server" 7 100 \
    <"/tmp/probe-$1" >"/tmp/probe-$1.out" 2>&1 &
}

# NAME FACT: ends the probes; the fact is `sent N lost N longest N`.
probed() {
  kill "$(cat "/tmp/probe-$1.stop")"
  wait_for "$patience" "the end of the probes $1" has_lines "/tmp/probe-$1.out" '^sent' 1
  fact "$2" "$(tail -n 1 "/tmp/probe-$1.out")"
  rm "/tmp/probe-$1"*
}

scene() {
  # All at once and beforehand: one by one at the first `nft -f` they take longer than Waymark waits for it.
  modprobe -a ppp_generic pppox pppoe ppp_async veth nf_conntrack_netlink nft_chain_nat nft_ct nft_masq nft_nat nft_fib_inet \
    nft_reject_inet nft_limit nft_hash nft_numgen
  [ -e /dev/ppp ] || mknod /dev/ppp c 108 0
  useradd --system mldonkey
  echo '"user" * "secret"' >/etc/ppp/pap-secrets
  ip netns add internet
  ip -n internet link set lo up
  ip -n internet addr add "$server/32" dev lo
  in_namespace internet sysctl -q -w net.ipv4.ip_forward=1
  provider a 1
  provider b 2
  in_namespace internet perl /waymark/test/lab/harness/peer.pl serve 7 "$server" >/tmp/server.log 2>&1 &
  peers_file a defaultroute
  peers_file b
  record_events
  collect_log
  mkdir -p /etc/waymark
  cat >/etc/waymark/waymark.toml <<'CONFIG'
[uplink.main]
peer = "dsl-a"
tier = 1
nat = "snat"

[uplink.p2p]
peer = "dsl-b"
tier = 2
nat = "snat"

[[rule]]
name = "file sharing"
user = "mldonkey"
via = "p2p"
otherwise = "unreachable"
CONFIG
  wait_for "$patience" "pppoe-servers" sh -c 'pgrep -c pppoe-server | grep -qx 2'
  say "the scene is set"
}
