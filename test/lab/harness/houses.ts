import { factsOf, pppUp } from "./hooks.ts";
import type { Isp } from "./isp.ts";
import { Lab } from "./lab.ts";
import type { Line } from "./line.ts";
import type { Machine } from "./machine.ts";
import { SERVER } from "./peer.ts";
import type { Router } from "./router.ts";
import { until } from "./wait.ts";

export interface HomeServer {
  readonly lab: Lab;
  readonly router: Router;
  readonly isps: readonly [Isp, Isp];
  /** Dials one of the two lines: same provider, so the far end's address is the same on both. */
  dial(which: 0 | 1, local: string, names?: { iface?: string; peer?: string }): Promise<Line>;
}

/** Scenario 3: a server with two PPPoE lines of one provider, and strict reverse path filters by default. */
export async function homeServer(): Promise<HomeServer> {
  const lab = await Lab.open();
  const router = await lab.router({ rpFilter: 1, forward: false });
  const isps = [await lab.isp("line-a"), await lab.isp("line-b")] as const;
  return {
    lab,
    router,
    isps,
    dial: (which, local, names = {}) =>
      lab.line(router, isps[which], {
        iface: names.iface ?? `ppp${which}`,
        peer: names.peer ?? `dsl-${"ab"[which]}`,
        local,
        remote: "198.51.100.1",
      }),
  };
}

export interface PinnedNat {
  readonly lab: Lab;
  readonly router: Router;
  readonly client: Machine;
  readonly isps: readonly Isp[];
  readonly lines: Line[];
  /** Dials line `n` (again), with its usual address or another. */
  dial(n: number, local?: string): Promise<Line>;
}

/** Local address of line `n` of scenario 4. */
export const lineAddress = (n: number): string => `198.51.100.${10 + n}`;

/** Scenario 4: a router with a LAN (client 10.0.0.50) and five lines, ppp0 to ppp4. */
export async function pinnedNat(count = 5): Promise<PinnedNat> {
  const lab = await Lab.open();
  const router = await lab.router();
  const client = await lab.client("client", router, "eth0", "10.0.0.50/24", "10.0.0.1");
  await router.sh("ip addr add 10.0.0.1/24 dev eth0");
  const isps: Isp[] = [];
  for (let n = 0; n < count; n++) isps.push(await lab.isp(`line-${n}`));
  const dial = async (n: number, local = lineAddress(n)) => {
    const isp = isps[n];
    if (!isp) throw new Error(`no line ${n}`);
    const line = await lab.line(router, isp, {
      iface: `ppp${n}`,
      peer: `line${n}`,
      local,
      remote: `100.100.${n}.1`,
    });
    lines[n] = line;
    return line;
  };
  const lines: Line[] = [];
  for (let n = 0; n < count; n++) await dial(n);
  return { lab, router, client, isps, lines, dial };
}

/** Tells Waymark of every line that is there. */
export async function announce(router: Router, lines: readonly Line[]): Promise<void> {
  for (const line of lines) await pppUp(router, factsOf(line));
}

export interface EdgeRouter {
  readonly lab: Lab;
  readonly router: Router;
  /** LAN client 192.168.1.50 on the port that the ADSL router stands on too. */
  readonly client: Machine;
  /** A client on a port of its own, 10.0.0.50 behind eth1. */
  readonly guest: Machine;
  readonly adsl: Isp;
  readonly lte: Isp;
  readonly gsm: Isp;
  readonly line: Line;
  /** The port of the LAN's switch that the router hangs on, to pull its cable. */
  readonly port: string;
  readonly lan: Machine;
}

/** The addresses of scenario 2 that a provider may see. */
export const EDGE = {
  router: "192.168.1.5",
  client: "192.168.1.50",
  guest: "10.0.0.50",
  lte: "192.168.42.20",
  gsm: "198.51.100.33",
} as const;

/** Scenario 2: one-armed eth0 with the ADSL router and the clients on it, 4G by usb0, 3G by ppp0. */
export async function edgeRouter(): Promise<EdgeRouter> {
  const lab = await Lab.open();
  const router = await lab.router({ forward: false });
  const lan = await lab.lan("lan");
  const [adsl, lte, gsm] = [await lab.isp("adsl"), await lab.isp("lte"), await lab.isp("gsm")];
  const client = await lab.machine("client");
  const port = await lan.plug(router, "eth0");
  await lan.plug(adsl, "cust");
  await lan.plug(client, "eth0");
  await router.sh(`ip addr add ${EDGE.router}/24 dev eth0`);
  await adsl.serveLan("cust", "192.168.1.1/24", "192.168.1.0/24");
  await client.sh(`ip addr add ${EDGE.client}/24 dev eth0; ip route add default via ${EDGE.router}`);
  await client.sh("sysctl -qw net.ipv4.conf.all.accept_redirects=0 net.ipv4.conf.eth0.accept_redirects=0");
  // The ADSL router does its own translation at home; here the internet knows the way back to each prefix.
  await lab.internet.route("10.0.0.0/24", adsl);
  await adsl.sh(`ip route add 10.0.0.0/24 via ${EDGE.router}`);
  const guest = await lab.client("guest", router, "eth1", "10.0.0.50/24", "10.0.0.1");
  await router.sh("ip addr add 10.0.0.1/24 dev eth1");
  await lab.wire(router, "usb0", lte, "cust");
  await router.sh(`ip addr add ${EDGE.lte}/24 dev usb0`);
  await lte.serveLan("cust", "192.168.42.129/24", "192.168.42.0/24");
  const line = await lab.line(router, gsm, {
    iface: "ppp0",
    peer: "gsm",
    local: EDGE.gsm,
    remote: "10.64.64.64",
  });
  return { lab, router, client, guest, adsl, lte, gsm, line, port, lan };
}

export interface Laptop {
  readonly lab: Lab;
  readonly router: Router;
  readonly gateway: Isp;
  /** Puts the cable into the LAN's switch, into a dead one, or nowhere. */
  cable(where: "lan" | "dead" | "out"): Promise<void>;
  /** Packets for the server since the last call, by the way they came into the LAN. */
  ways(): Promise<Record<"cable" | "wifi", readonly [out: number, back: number]>>;
}

/** Scenario 1: br0 (over eth0) and wlan0 on one LAN with one gateway; addresses alike or not. */
export async function laptop(brAddress: string, wlanAddress: string): Promise<Laptop> {
  const lab = await Lab.open();
  const router = await lab.router({ forward: false });
  const lan = await lab.lan("lan");
  const gateway = await lab.isp("gateway");
  await lan.plug(gateway, "cust");
  await gateway.serveLan("cust", "192.168.1.1/24", "192.168.1.0/24");
  const cablePort = await lan.plug(router, "eth0");
  const wifiPort = await lan.plug(router, "wlan0");
  await router.sh("ip link add br0 type bridge; ip link set eth0 master br0; ip link set br0 up");
  await router.sh(`ip addr add ${wlanAddress}/24 dev wlan0; ip addr add ${brAddress}/24 dev br0`);
  // as a DHCP client leaves it: a default each, the cable's first
  await router.sh("ip route add default via 192.168.1.1 dev br0 metric 100");
  await router.sh("ip route add default via 192.168.1.1 dev wlan0 metric 600");
  // both ways: the LAN has to know where the laptop's addresses are, too
  const chain = (hook: string, way: string, host: string) =>
    ` chain ${hook} {\n type filter hook ${hook} priority 0; policy accept;\n ${[cablePort, wifiPort].map((port) => `${way} "${port}" ip ${host} ${SERVER} counter`).join("\n ")}\n }\n`;
  await lan.nft(
    `table bridge eye {\n${chain("prerouting", "iifname", "daddr")}${chain("postrouting", "oifname", "saddr")}}\n`,
  );
  let last: number[] = [];
  return {
    lab,
    router,
    gateway,
    cable: async (where) => {
      await lan.sh(
        where === "out"
          ? `ip link set ${cablePort} down`
          : `ip link set ${cablePort} ${where === "dead" ? "nomaster" : "master lan"}; ip link set ${cablePort} up`,
      );
      await until(`carrier of eth0 (${where})`, async () => {
        const carrier = (await router.sh("cat /sys/class/net/br0/carrier")).trim();
        return carrier === (where === "out" ? "0" : "1");
      });
    },
    ways: async () => {
      const counters = await lan.sh("nft list table bridge eye");
      const now = [...counters.matchAll(/packets (\d+)/g)].map(([, packets]) => Number(packets));
      const [cable = 0, wifi = 0, cableBack = 0, wifiBack = 0] = now.map(
        (packets, i) => packets - (last[i] ?? 0),
      );
      last = now;
      return { cable: [cable, cableBack], wifi: [wifi, wifiBack] };
    },
  };
}

export interface Providers {
  readonly lab: Lab;
  readonly router: Router;
  readonly client: Machine;
  /** Ten providers, p0 to p9; p10 and p11 are in the configuration only. */
  readonly isps: readonly Isp[];
  readonly lines: readonly Line[];
}

/** The router's address at provider `n` of scenario 5. */
export const providerAddress = (n: number): string => (n < 4 ? `192.168.${100 + n}.2` : lineAddress(n));

/** Scenario 5: four providers by Ethernet (wan0 to wan3), six by ppp4 to ppp9, a LAN on eth0. */
export async function providers(): Promise<Providers> {
  const lab = await Lab.open();
  const router = await lab.router({ forward: false, rpFilter: 1 });
  const client = await lab.client("client", router, "eth0", "10.0.0.50/24", "10.0.0.1");
  await router.sh("ip addr add 10.0.0.1/24 dev eth0");
  const isps: Isp[] = [];
  const lines: Line[] = [];
  for (let n = 0; n < 10; n++) {
    const isp = await lab.isp(`p${n}`);
    isps.push(isp);
    if (n < 4) {
      await lab.wire(router, `wan${n}`, isp, "cust");
      await router.sh(`ip addr add ${providerAddress(n)}/24 dev wan${n}`);
      await isp.serveLan("cust", `192.168.${100 + n}.1/24`, `192.168.${100 + n}.0/24`);
    } else {
      const options = {
        iface: `ppp${n}`,
        peer: `p${n}`,
        local: providerAddress(n),
        remote: `100.100.${n}.1`,
      };
      lines.push(await lab.line(router, isp, options));
    }
  }
  return { lab, router, client, isps, lines };
}
