/** A machine in a few words, for the doctor to look at. */

import type { Device, Entry, Facts, House, Self, Versions } from "../../../lib/doctor/facts.ts";
import type { Finding, Step } from "../../../lib/doctor/finding.ts";
import { readIptables } from "../../../lib/doctor/packet-filter/from-iptables.ts";
import type { PacketFilter } from "../../../lib/doctor/packet-filter/model.ts";
import type { Route } from "../../../lib/kernel/route.ts";
import { parseRules, type SeenRule } from "../../../lib/kernel/rule.ts";
import type { Family } from "../../../lib/net/prefix.ts";
import { allocateNumbers } from "../../../lib/plan/marks.ts";
import { configOf } from "../config/reading.ts";
import { aLink, type Given, mainDefault, planOf } from "../plan/support.ts";

export const WELL: Self = {
  configError: null,
  configured: true,
  applied: true,
  stopped: false,
  drift: [],
  lastErrors: [],
  configTime: 0,
};

export const DEBIAN_12: Versions = {
  node: "18.20.4",
  kernel: "6.1.0-18-amd64",
  ip: "ip utility, iproute2-6.1.0, libbpf 1.1.0",
  nft: "nftables v1.0.6 (Lester Gooch #5)",
  conntrack: "conntrack v1.4.7 (conntrack-tools)",
  networkManager: null,
};

/** A machine on which nothing is wrong, but for what is said. */
export function facts(how: Partial<Facts> = {}): Facts {
  return {
    now: Date.UTC(2026, 10, 21),
    house: null,
    self: WELL,
    versions: DEBIAN_12,
    devices: [],
    routes: [],
    rules: rules(4, KERNELS_OWN),
    neighbours: [],
    filter: { chains: [], flowTables: [] },
    settings: {},
    files: {},
    entries: {},
    processes: [],
    networkManager: null,
    ...how,
  };
}

const KERNELS_OWN = [
  { priority: 0, src: "all", table: "255" },
  { priority: 32766, src: "all", table: "254" },
];

/** Rules as `ip -N -j rule` prints them. */
export function rules(family: Family, json: readonly unknown[]): SeenRule[] {
  return parseRules(json, family);
}

/** The kernel's own rules and one more. */
export function withRule(json: Readonly<Record<string, unknown>>): SeenRule[] {
  return rules(4, [...KERNELS_OWN, json]);
}

/** A configuration in force, on devices as given. */
export function house(text: string, given: Given = {}): House {
  const config = configOf(text);
  const names = config.uplinks.map(({ name }) => name);
  const numbers = allocateNumbers(names, {}, config.marks.mask);
  return { config, numbers, uplinks: planOf(text, given).uplinks };
}

export const TWO = `[uplink.cable]\ninterface = "eth0"\n[uplink.lte]\ninterface = "usb0"\ntier = 2\n`;

/** Two uplinks on Ethernet devices, both up. */
export function twoUplinks(text = TWO): House {
  return house(text, {
    links: [aLink("eth0", ["192.168.1.5/24"]), aLink("usb0", ["192.168.42.20/24"])],
    main: [mainDefault("eth0", "192.168.1.1"), mainDefault("usb0", "192.168.42.129", { metric: 200 })],
  });
}

export const PPP = `[uplink.main]\npeer = "dsl-a"\n[uplink.p2p]\npeer = "dsl-b"\ntier = 2\n`;

/** Two PPPoE uplinks, both up. */
export function twoLines(text = PPP): House {
  return house(text, {
    links: [
      aLink("ppp0", ["198.51.100.10 peer 198.51.100.1"]),
      aLink("ppp1", ["198.51.100.130 peer 198.51.100.1"]),
    ],
    peers: { main: "ppp0", p2p: "ppp1" },
  });
}

export function device(name: string, how: Partial<Device> = {}, addresses: readonly string[] = []): Device {
  return { ...aLink(name, addresses), kind: null, master: null, wireless: false, ...how };
}

export function route(how: Partial<Route>): Route {
  return mainDefault("eth0", null, how);
}

export function entry(how: Partial<Entry> = {}): Entry {
  return { kind: "file", mode: 0o755, owner: 0, link: null, dangling: false, ...how };
}

export function enabled(unit: string): Record<string, Entry> {
  return {
    [`/etc/systemd/system/multi-user.target.wants/${unit}`]: entry({
      link: `/usr/lib/systemd/system/${unit}`,
    }),
  };
}

export const process = (...words: readonly string[]) => ({ pid: 4242, words });

export const WATCH = process("waymark-watch");

/** A packet filter, from what iptables-save prints. */
export function iptables(text: string, owner = "iptables", family: Family = 4): PacketFilter {
  return { chains: readIptables(text, owner, family), flowTables: [] };
}

/** `SEVERITY ID` of each. */
export function ids(findings: readonly Finding[]): string[] {
  return findings.map(({ severity, id }) => `${severity} ${id}`);
}

export function commands(findings: readonly Finding[]): string[] {
  return findings.flatMap(({ remedy }) => remedy.flatMap((step) => (step.do === "run" ? step.command : [])));
}

export function step<D extends Step["do"]>(findings: readonly Finding[], kind: D): Extract<Step, { do: D }> {
  const found = findings.flatMap(({ remedy }) => remedy).find((one) => one.do === kind);
  if (found === undefined) throw new Error(`no step "${kind}" in ${JSON.stringify(findings)}`);
  return found as Extract<Step, { do: D }>;
}
