#!/bin/bash
# `waymark watch` as the service that is installed, under a real systemd: what a boot makes of it, what it can do in its
# sandbox, how it ends, hangs, and is started anew, with traffic going through the router.
set -eu
# shellcheck source=service-house.sh
. /xchg/jobs/service-house.sh

if [ -e /usr/bin/waymark ]; then
  say "booted"
  wait_for 120 "the watch of the boot" systemctl is-active --quiet waymark-watch
  wait_for 120 "its answers" is_watching
  systemctl show --property=Id,ActiveState,SubState,UnitFileState,Result,NRestarts waymark.service waymark-watch.service |
    save boot-units
  waymark status --json | save boot-status
  journalctl --no-pager -q -o cat -u waymark.service -u waymark-watch.service -t waymark | save boot-journal
else
  house
  owner
  others
  install_waymark
  wait_for 120 "both lines' answers" is_watching
fi
wait_for 120 "the notices" has_lines /var/tmp/notes . 5
save notes </var/tmp/notes

say "probes"
nft -f - <<'NFT'
table inet seen {
  chain out {
    type filter hook output priority 300;
    meta l4proto icmp ip daddr 203.0.113.1 ip saddr 192.0.2.2 oifname "uplink0" counter comment "first by its own"
    meta l4proto icmp ip daddr 203.0.113.1 ip saddr 192.0.2.2 oifname != "uplink0" counter comment "first by another"
    meta skgid 2000000087 tcp dport 7000 ip saddr 198.51.100.2 oifname "uplink1" counter comment "second by its own"
    meta skgid 2000000087 tcp dport 7000 oifname != "uplink1" counter comment "second by another"
    meta skgid != 2000000087 tcp dport 7000 counter comment "not of the group"
  }
}
NFT
seen() { [ "$(nft list chain inet seen out | grep -cE 'counter packets [1-9].* by its own"')" = 2 ]; }
wait_for 120 "a probe of each" seen
nft list chain inet seen out | save probes
nft delete table inet seen

say "the unit"
main=$(show MainPID)
systemctl show --property=Type,NotifyAccess,ActiveState,SubState,UnitFileState,Result,NRestarts,StatusText,WatchdogUSec \
  waymark-watch.service | save unit
grep -E '^(Gid|CapEff|CapBnd|NoNewPrivs|Seccomp):' "/proc/$main/status" | save process
fact heard "$main $(grep -o '"pid":[0-9]*' /run/waymark/health.json)"
wait_for 60 "metrics" grep -q 'waymark_uplink_latency_seconds{uplink="second"' $metrics
save metrics <$metrics
fact "dials beside pppd" "$(cat /var/tmp/dials 2>/dev/null || echo none)"

say "silent death"
die_silently far0
wait_for 60 "the second line to be chosen" is_choice second
live
wait_for 60 "the first line to be chosen" is_choice first
wait_for 60 "notices of it" has_lines /var/tmp/notes '^switch' 3
save notes-of-death </var/tmp/notes

say "what others wipe"
# Of Debian's own nftables.conf: it would not come back.
nft delete table inet filter 2>/dev/null || :
wait_for 60 "both lines' answers" is_watching
save_kernel wiped-before
nft delete table inet waymark
wait_for 30 "the table" nft list chain inet waymark probes
ip -N rule | sed -n 's/^\([0-9]*\):.* proto 87.*/rule del pref \1/p' | ip -batch -
wait_for 30 "the rules" sh -c 'ip -N rule | grep -q "^32765:"'
ip route flush table all proto 87
wait_for 30 "the routes" sh -c 'ip route show table 87000 | grep -q uplink0'
nft flush ruleset
wait_for 30 "the table" nft list chain inet waymark probes
# What came back last is not all there is.
settled() { is_watching && save_kernel wiped-after && cmp -s /xchg/saved/wiped-before /xchg/saved/wiped-after; }
wait_for 60 "all as it was" settled || :

say "redial"
kill "$(pgrep -f "^/usr/sbin/pppd .*call gsm")"
wait_for 90 "a dial" has_lines /var/tmp/dials gsm 1
fact dials "$(cat /var/tmp/dials)"

say "another line is added to the configuration"
cat >>/etc/waymark/waymark.toml <<'TOML'

[uplink.later]
interface = "uplink9"
tier = 4
spread_cpus = true
TOML
wait_for 60 "it to be known" grep -q later /run/waymark/state.json
fact kept "$(cd /var/lib/waymark && grep -l later numbers.json last-good.json | paste -sd ' ')"

ip link add uplink9 type veth peer name far9 netns isp
ip -n isp link set far9 up
ip link set uplink9 up
wait_for 20 "its own address" sh -c '! ip -6 address show tentative | grep -q inet6'
wait_for 60 "its settings" grep -qx 2 /proc/sys/net/ipv4/conf/uplink9/rp_filter
wait_for 60 "both lines' answers" is_watching
fact queues "$(nproc) $(cat /sys/class/net/uplink9/queues/rx-0/rps_cpus)"

# How many milliseconds apart: the bed says.
say "restart under traffic"
ip netns exec client perl /xchg/jobs/service-stream.pl stream $server $port "$1" >/xchg/saved/stream &
stream=$!
ip -o monitor link address route rule >/xchg/saved/monitor-ip 2>&1 &
monitors=$!
nft monitor >/xchg/saved/monitor-nft 2>&1 &
monitors="$monitors $!"
wait_for 20 "traffic" has_lines /xchg/saved/stream started 1
sleep 2
save_kernel traffic-before
before=$(show MainPID)
for _ in 1 2; do
  systemctl restart waymark-watch
  wait_for 60 "answers to the new one" is_watching
done
fact restarted "$([ "$before" != "$(show MainPID)" ] && show ActiveState)"
save_kernel traffic-restarted

say "stop under traffic"
systemctl stop waymark-watch
save_kernel traffic-stopped
fact stopped "$(show ActiveState) $(show Result) $(ls /run/waymark/watch.pid 2>/dev/null || echo gone)"
grep -E '^waymark_watch_running|^waymark_uplink_loss' $metrics | save metrics-stopped
systemctl start waymark-watch
wait_for 60 "answers" is_watching
kill "$stream"
wait "$stream"
# shellcheck disable=SC2086
kill $monitors

say "killed"
killed=$(show MainPID)
kill -KILL "$killed"
wait_for 60 "another one" is_another "$killed"
wait_for 60 "answers" is_watching

say "hung"
hung=$(show MainPID)
kill -STOP "$hung"
ip -n isp link set far0 down
IFACE=uplink0 LOGICAL=uplink0 ADDRFAM=inet METHOD=static MODE=stop PHASE=post-down /etc/network/if-post-down.d/waymark
# The kernel's own doing.
wait_for 20 "the other way while it hangs" sh -c "ip route get $server | grep -q 'dev uplink1'"
fact "handed to the hung one" "$(find /run/waymark/events -name 'ifupdown.*' | wc -l) $(show MainPID | grep -cx "$hung")"
systemd-analyze security --no-pager waymark-watch.service >/xchg/saved/security
wait_for 150 "another one" is_another "$hung"
wait_for 60 "the choice that the lost cable asks for" is_choice second
fact "restarts" "$(show NRestarts)"
journalctl --no-pager -q -o cat -u waymark-watch | grep -o 'Watchdog timeout' | sort -u | save hung
ip -n isp link set far0 up
wait_for 60 "the first line to be chosen" is_choice first
wait_for 60 "nothing to be left of the hung one" is_watching

fact memory "$(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$(show MainPID)/status")"
fact failed "$(systemctl --failed --no-legend --plain | tr '\n' ' ')"
say "waymark stop"
waymark stop >/dev/null
wait_for 60 "the service to keep still" is_still
# Longer than measures are left alone.
sleep 20
fact "behind stop" "$(ls $metrics 2>/dev/null || echo no metrics) $(ip -N rule | grep -c 'proto 87') $(show ActiveState)"
journalctl --no-pager -q -o short-monotonic -u waymark-watch -u waymark -t waymark | save journal
