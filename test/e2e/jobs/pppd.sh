#!/bin/bash
# Two lines of one provider with real pppds. Each function is a step; the arguments name the steps in order; pppd.test.ts
# says what each must have left.
set -eu
# shellcheck source=pppd-scene.sh
. /xchg/jobs/pppd-scene.sh

# Installed by a user whose lines are up.
installed() {
  dial a b
  save_kernel before
  install_waymark
  look installed
}

# In place of `installed`, when a step is tried by hand: what install.sh put in place in another bed, as a tar file.
applied() {
  dial a b
  save_kernel before
  tar -C / -xf /xchg/installed.tar
  waymark apply >/dev/null
  look installed
}

stopped() {
  waymark stop
  save_kernel stopped
  waymark apply
}

# Who connects to either address is answered from it. A server bound to both, since an answer over UDP bears the address
# that the server is bound to.
inbound() {
  local line
  peer serve 8000 "$(address_of a)" "$(address_of b)" >/tmp/inbound.log 2>&1 &
  for line in a b; do
    seen a >/dev/null
    seen b >/dev/null
    fact "inbound $line tcp" "$(from_outside "$line" tcp)"
    fact "inbound $line udp" "$(from_outside "$line" udp)"
    seen a | save "inbound-$line.seen-a"
    seen b | save "inbound-$line.seen-b"
  done
}

# The second line is hung up and dialled again by hand.
hung_up() {
  probe root root
  fact "hung-up: old b" "$(address_of b)"
  hang_up b
  look hung-up
  dial b
  look dialled-again
  probed root "probes by a while b was hung up"
}

# The first line falls silent: pppd's echoes find out, and it dials until somebody answers.
silent() {
  probe mule mldonkey
  fact "silent: old a" "$(address_of a)"
  mark_events
  in_namespace provider-a nft add rule netdev cut in drop
  await '^end ip-down.d ppp'
  look silent
  mark_events
  in_namespace provider-a nft flush chain netdev cut in
  await "^end ip-up.d .* $(prefix_of a)"
  look answers-again
  probed mule "probes by b while a was silent"
}

# Both down; then the second is dialled first, and gets the other's interface.
swapped() {
  hang_up a
  hang_up b
  dial b a
  look swapped
}

# pppd killed: nobody is told. First the second line's, then the first's, each dialled again by hand.
killed() {
  local line root=root mule=mldonkey
  for line in b a; do
    fact "killed $line: old" "$(address_of "$line")"
    probe "kept$line" "$([ "$line" = a ] && echo $mule || echo $root)"
    mark_events
    kill -KILL "$(pid_of "$line")"
    wait_for "$patience" "no interface of dsl-$line" has_no_address "$line"
    look "killed-$line"
    fact "killed $line: events" "$(events_count)"
    dial "$line"
    look "revived-$line"
    probed "kept$line" "probes by the other line while $line was killed"
  done
}

# An ip-down of the session before that comes to Waymark after the ip-up of the next, of another pppd.
late() {
  slow ip-down.d/0slow
  fact "late: old b" "$(address_of b)"
  mark_events
  poff dsl-b
  await '^begin ip-down.d'
  wait_for "$patience" "no pppd of dsl-b" has_no_pppd b
  pon dsl-b
  await '^end ip-up.d'
  rm /tmp/hold
  await '^end ip-down.d'
  rm /etc/ppp/ip-down.d/0slow
  look late
  fact "late: order" "$(events_order)"
}

# From here on without IPv6: its scripts run of their own, and tell of a line whatever becomes of ip-up and ip-down.
without_ipv6() {
  hang_up a
  hang_up b
  peers_file a defaultroute noipv6
  peers_file b noipv6
  dial a b
}

# The session ends and begins anew while its ip-up runs: pppd tells of neither. Before Waymark's turn first.
unsaid() {
  slow ip-up.d/0slow
  mark_events
  redial_unheard a
  rm /tmp/hold
  await "^end ip-up.d .* $(prefix_of a)"
  rm /etc/ppp/ip-up.d/0slow
  look unsaid
  fact "unsaid: events" "$(events_order)"
}

# The same after Waymark's turn: nobody tells of the new address, until the other line has an event.
unheard() {
  slow ip-up.d/y-slow
  mark_events
  redial_unheard a
  rm /tmp/hold
  await "^end ip-up.d .* $(prefix_of a)"
  rm /etc/ppp/ip-up.d/y-slow
  fact "unheard: events" "$(events_order)"
  look unheard
  mark_events
  provider_ends b
  await "^end ip-up.d .* $(prefix_of b)"
  look heard
}

# An executable ip-up.local takes the place of ip-up.d.
local_script() {
  hang_up b
  cat >/etc/ppp/ip-up.local <<'LOCAL'
#!/bin/sh
echo "local $1 $4" >>/xchg/saved/events
LOCAL
  chmod 755 /etc/ppp/ip-up.local
  mark_events
  pon dsl-b
  await '^local ppp'
  look local
  fact "local: events" "$(events_order)"
  (cd /waymark && ./install.sh --dry-run) 2>&1 | grep -F ip-up.local | save local.warning
  # As docs/hooks.md says
  echo '/etc/ppp/ip-up.d/waymark "$@"' >>/etc/ppp/ip-up.local
  hang_up b
  mark_events
  pon dsl-b
  await '^local ppp'
  wait_for "$patience" "Waymark knows of it" knows_address b
  look local-calls
  rm /etc/ppp/ip-up.local
}

fact pppd "$(pppd --version 2>&1)"
scene
for step; do
  say "step $step"
  "$step"
done
say "done"
