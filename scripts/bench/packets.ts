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
my $to = sockaddr_in(9, inet_aton("203.0.113.80"));
my @sockets;
for my $n (0 .. $flows - 1) {
  socket(my $s, PF_INET, SOCK_DGRAM, 17) or die $!;
  bind($s, sockaddr_in($base + $n, INADDR_ANY)) or die $!;
  push @sockets, $s;
}
my $begin = time;
send($sockets[$_ % $flows], "x" x 64, 0, $to) for 0 .. $count - 1;
printf "%.1f\\n", (time - $begin) * 1e9 / $count;
`;

function send(count: number, flows: number, base: number): number {
  const args = ["netns", "exec", "benchlan", "perl", "-e", SEND, String(count), String(flows), String(base)];
  return Number(execFileSync("ip", args, { encoding: "utf8", env: CLEAN }));
}

/** Prints nanoseconds per packet of established flows and of first packets, as ratios to 2 uplinks. */
export function benchPackets(): void {
  heading("Packet cost through the router");
  const base = new Map<string, number>();
  for (const [count, oneTier] of [
    [2, false],
    [255, false],
    [2, true],
    [255, true],
  ] as const) {
    privateFiles();
    uplinks(count, oneTier);
    const home = install();
    lan();
    must(join(home, "waymark"), "apply");
    send(2000, 50, 20_000);
    const established = Array.from({ length: ROUNDS }, () => send(PACKETS, 50, 20_000));
    const first = Array.from({ length: ROUNDS }, (_, round) => send(2000, 2000, 22_000 + round * 2000));
    for (const [kind, values] of [
      ["established", established],
      ["first packets", first],
    ] as const) {
      const key = `${kind} ${oneTier}`;
      const took = median(values);
      if (count === 2) base.set(key, took);
      const label = `${count} uplinks${oneTier ? ", balanced" : ""}: ${kind}`;
      report(
        label,
        `${(took / (base.get(key) ?? took)).toFixed(2)} x 2 uplinks`,
        count === 2 ? `${took.toFixed(0)} ns` : "aim: at most 1.2",
      );
    }
    must("ip", "netns", "del", "benchlan");
    clear(home, count);
  }
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
  const links = JSON.parse(must("ip", "-j", "-4", "address", "show")) as {
    ifname: string;
    addr_info: { local: string }[];
  }[];
  ip(
    links.flatMap(({ ifname, addr_info }) =>
      ifname.startsWith("up")
        ? addr_info.map(
            ({ local }) =>
              `neighbour replace ${local.replace(/\.2$/, ".1")} dev ${ifname} lladdr 02:00:00:00:00:01 nud permanent`,
          )
        : [],
    ),
  );
}
