/** What a packet pays on its way through the router, with 2 uplinks and with 255. */

import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { CLEAN, clear, install, ip, must, privateFiles, uplinks } from "./house.ts";
import { heading, median, report } from "./measure.ts";

const ROUNDS = 7;
const PACKETS = 60_000;

/** Sends datagrams from the LAN host: through the whole router, since a veth pair carries them in the sender's own call. */
const SEND = `
use Socket; use Time::HiRes "time";
my ($count, $flows, $base) = @ARGV;
my (@sockets, @to);
for my $n (0 .. $flows - 1) {
  socket(my $s, PF_INET, SOCK_DGRAM, 17) or die $!;
  bind($s, sockaddr_in($base + $n, INADDR_ANY)) or die $!;
  push @sockets, $s;
  push @to, pack_sockaddr_in(9, inet_aton("198.18." . $n % 255 . ".1"));
}
my $begin = time;
send($sockets[$_ % $flows], "x" x 64, 0, $to[$_ % $flows]) for 0 .. $count - 1;
printf "%.1f\\n", (time - $begin) * 1e9 / $count;
`;

function send(count: number, flows: number, base: number): number {
  const args = ["netns", "exec", "benchlan", "perl", "-e", SEND, String(count), String(flows), String(base)];
  return Number(execFileSync("ip", args, { encoding: "utf8", env: CLEAN }));
}

/** Who decides where a packet goes. */
const KINDS = {
  tiers: { label: "", oneTier: false, isKernel: false },
  balanced: { label: ", balanced", oneTier: true, isKernel: false },
  kernel: { label: ", the kernel alone, shared out by destination", oneTier: false, isKernel: true },
} as const;

/**
 * Prints nanoseconds per packet of established flows and of first packets, as ratios to 2 uplinks. The kernel alone tells
 * what it costs to use 255 devices instead of two, whoever chooses among them: each has memory of its own.
 */
export function benchPackets(): void {
  heading("Packet cost through the router");
  for (const kind of Object.values(KINDS)) {
    let base: Record<string, number> = {};
    for (const count of [2, 255]) {
      const took = cost(count, kind);
      if (count === 2) base = took;
      for (const [what, nanoseconds] of Object.entries(took)) {
        report(
          `${count} uplinks${kind.label}: ${what}`,
          `${(nanoseconds / (base[what] ?? nanoseconds)).toFixed(2)} x 2 uplinks`,
          count === 2 ? `${nanoseconds.toFixed(0)} ns` : kind.isKernel ? "" : "aim: at most 1.2",
        );
      }
    }
  }
}

/** Nanoseconds that a packet takes. */
function cost(
  count: number,
  { oneTier, isKernel }: (typeof KINDS)[keyof typeof KINDS],
): Record<string, number> {
  privateFiles();
  uplinks(count, oneTier);
  const home = install();
  lan();
  if (isKernel) byDestination(count);
  else must(join(home, "waymark"), "apply");
  send(2000, 50, 20_000);
  // Each way has been used before it is measured.
  send(2000, 2000, 60_000);
  const established = Array.from({ length: ROUNDS }, () => send(PACKETS, 50, 20_000));
  const first = Array.from({ length: ROUNDS }, (_, round) => send(2000, 2000, 22_000 + round * 2000));
  must("ip", "netns", "del", "benchlan");
  if (isKernel) must("nft", "delete", "table", "ip", "bench");
  clear(home, count);
  return { established: median(established), "first packets": median(first) };
}

/** Routes and masquerading as anybody would write them, without policy. */
function byDestination(count: number): void {
  const gateways = uplinkAddresses().map(({ device, gateway }) => `via ${gateway} dev ${device}`);
  ip(Array.from({ length: 255 }, (_, place) => `route add 198.18.${place}.0/24 ${gateways[place % count]}`));
  must(
    "nft",
    "add table ip bench; add chain ip bench out { type nat hook postrouting priority srcnat; }; add rule ip bench out oifname != lan0 masquerade",
  );
}

/** A LAN host whose gateway is this machine; the uplinks' far ends swallow what they get. */
function lan(): void {
  must("ip", "netns", "add", "benchlan");
  ip([
    "link add lan0 type veth peer name eth0 netns benchlan",
    "address add 172.16.0.1/24 dev lan0",
    "link set lan0 up",
  ]);
  must("ip", "-n", "benchlan", "address", "add", "172.16.0.2/24", "dev", "eth0");
  must("ip", "-n", "benchlan", "link", "set", "eth0", "up");
  must("ip", "-n", "benchlan", "route", "add", "default", "via", "172.16.0.1");
  must("sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward");
  // The gateways do not exist: permanent neighbours let the packets go.
  ip(
    uplinkAddresses().map(
      ({ device, gateway }) =>
        `neighbour replace ${gateway} dev ${device} lladdr 02:00:00:00:00:01 nud permanent`,
    ),
  );
}

function uplinkAddresses(): { readonly device: string; readonly gateway: string }[] {
  const links = JSON.parse(must("ip", "-j", "-4", "address", "show")) as {
    ifname: string;
    addr_info: { local: string }[];
  }[];
  return links.flatMap(({ ifname, addr_info }) =>
    ifname.startsWith("up")
      ? addr_info.map(({ local }) => ({ device: ifname, gateway: local.replace(/\.2$/, ".1") }))
      : [],
  );
}
