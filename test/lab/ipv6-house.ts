/** A router on two lines with IPv6, and the means to see which of them packets take. */

import type { Isp } from "./harness/isp.ts";
import { Lab } from "./harness/lab.ts";
import type { Machine } from "./harness/machine.ts";
import type { Router } from "./harness/router.ts";
import { until } from "./harness/wait.ts";

export const SERVER = "2001:db8:80::80";
export const A = "2001:db8:a::2";
export const B = "2001:db8:b::2";
export const A4 = "192.168.10.2";
export const B4 = "192.168.11.2";

/** Client and server over IPv6: `serve ADDR` answers with the address it sees, `ask tcp|udp TO FROM COUNT` prints it. */
export const TALK = `
use strict; use warnings; use Socket qw(:all); $| = 1; my ($mode, @a) = @ARGV;
sub place { pack_sockaddr_in6(7000, inet_pton(AF_INET6, $_[0])) }
sub readable { my ($s, $t) = @_; my $r = ''; vec($r, fileno $s, 1) = 1; select($r, undef, undef, $t) > 0 }
if ($mode eq 'serve') {
  socket(my $t, AF_INET6, SOCK_STREAM, 0) or die; setsockopt($t, SOL_SOCKET, SO_REUSEADDR, 1);
  socket(my $u, AF_INET6, SOCK_DGRAM, 0) or die;
  setsockopt($_, IPPROTO_IPV6, IPV6_V6ONLY, 1), bind($_, place($a[0])) || die "bind: $!" for $t, $u;
  listen($t, 100) or die; print "ready\\n";
  while (1) {
    if (readable($u, 0.01)) { my $from = recv($u, my $m, 99, 0); send($u, name($from), 0, $from) if $from }
    if (readable($t, 0.01)) { my $from = accept(my $c, $t); syswrite($c, name($from)) if $from }
  }
}
sub name { my ($p, $h) = unpack_sockaddr_in6($_[0]); return inet_ntop(AF_INET6, $h) }
sub ask { my ($proto, $to, $from) = @_;
  socket(my $s, AF_INET6, $proto eq 'udp' ? SOCK_DGRAM : SOCK_STREAM, 0) or die;
  if ($from ne '-') { bind($s, pack_sockaddr_in6(0, inet_pton(AF_INET6, $from))) or return "fail bind: $!" }
  local $SIG{ALRM} = sub { die "silence\\n" }; alarm 2;
  my $said = eval { connect($s, place($to)) or die "$!\\n"; syswrite($s, "x") or die "$!\\n";
    my $n = sysread($s, my $m, 99); die "$!\\n" unless $n; $m } // "fail $@";
  alarm 0; chomp $said; return $said }
if ($mode eq 'ask') { print ask(@a[0, 1, 2]), "\\n" for 1 .. $a[3] }
`;

/** Counts what a customer sends to the server, by source. */
const EYE = `table ip6 eye {
  set seen { type ipv6_addr; size 1000; flags dynamic; counter; }
  chain note { type filter hook prerouting priority -400; iifname "cust" ip6 daddr ${SERVER} update @seen { ip6 saddr }; }
}`;

export interface House {
  readonly lab: Lab;
  readonly router: Router;
  readonly a: Isp;
  readonly b: Isp;
}

/** The two lines of a router; both providers call their gateway fe80::1, as many do. */
export async function house(lines: { readonly a6: boolean; readonly b6: boolean }): Promise<House> {
  const lab = await Lab.open();
  const router = await lab.router();
  await lab.internet.sh(`ip addr add ${SERVER}/128 dev lo nodad`);
  const isps: Isp[] = [];
  for (const [n, name] of (["a", "b"] as const).entries()) {
    const isp = await lab.isp(name);
    isps.push(isp);
    await isp.sh("sysctl -qw net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.all.forwarding=1");
    await lab.wire(router, `eth${n + 1}`, isp, "cust");
    await isp.serveLan("cust", `192.168.1${n}.1/24`, `192.168.1${n}.0/24`);
    await isp.sh(`
      sysctl -qw net.ipv6.conf.cust.keep_addr_on_down=1
      ip addr add fe80::1/64 dev cust nodad; ip addr add 2001:db8:${name}::1/64 dev cust nodad
      ip addr add fe80::2/64 dev core nodad; ip addr add 2001:db8:ff:${n}::2/64 dev core nodad
      ip -6 route add ${SERVER} via 2001:db8:ff:${n}::1`);
    await isp.nft(EYE);
    await lab.internet.sh(`
      ip addr add fe80::1/64 dev isp${n + 1} nodad; ip addr add 2001:db8:ff:${n}::1/64 dev isp${n + 1} nodad
      ip -6 route add 2001:db8:${name}::/64 via 2001:db8:ff:${n}::2`);
    await router.sh(`ip addr add 192.168.1${n}.2/24 dev eth${n + 1}
      ip route add default via 192.168.1${n}.1 dev eth${n + 1} metric ${100 + n}`);
  }
  const [a, b] = isps;
  if (!a || !b) throw new Error("no providers");
  if (lines.a6) await give6(router, "eth1", A, "ra");
  if (lines.b6) await give6(router, "eth2", B, "static");
  const server = lab.internet.spawn(["perl", "-e", TALK, "serve", SERVER]);
  await server.line(/^ready/);
  return { lab, router, a, b };
}

/** A global address, and the gateway as main has it from an advertisement or by hand. */
export async function give6(router: Router, iface: string, address: string, proto: string): Promise<void> {
  const metric = 1000 + Number(iface.slice(3));
  await router.sh(`ip addr add ${address}/64 dev ${iface} nodad
    ip -6 route add default via fe80::1 dev ${iface} proto ${proto} metric ${metric}`);
}

export interface Talk {
  readonly proto?: "tcp" | "udp";
  readonly from?: string;
  readonly user?: string;
  readonly to?: string;
}

/** Three new connections: the address that the other side saw each time, or why there was none. */
export async function talk(
  machine: Machine,
  { proto = "tcp", from = "-", user, to = SERVER }: Talk = {},
): Promise<string[]> {
  const become = user ? ["setpriv", "--reuid", user, "--regid", user, "--clear-groups"] : [];
  const asked = await machine.exec([...become, "perl", "-e", TALK, "ask", proto, to, from, "3"]);
  return asked.out.split("\n").map((line) => line.replace(/^fail .*/, "fail"));
}

export const thrice = (what: string) => [what, what, what];

/** Source addresses of the packets for the server that this provider got since the last call. */
export async function sources(isp: Isp): Promise<string[]> {
  const set = await isp.sh("nft list set ip6 eye seen; nft flush set ip6 eye seen");
  return [...set.matchAll(/([0-9a-f:]+) counter packets/g)].map(([, address = ""]) => address);
}

/** Pulls a provider's cable, or puts it back; returns when the router's device has noticed. */
export async function cable(router: Router, isp: Isp, iface: string, to: "up" | "down"): Promise<void> {
  await isp.sh(`ip link set cust ${to}`);
  // the kernel keeps global addresses of a device that is switched off, and forgets its link-local ones
  if (to === "up") await isp.sh("ip addr replace fe80::1/64 dev cust nodad");
  await until(`carrier of ${iface}: ${to}`, async () => {
    const carrier = await router.sh(`cat /sys/class/net/${iface}/carrier`);
    return carrier.trim() === (to === "up" ? "1" : "0");
  });
}
