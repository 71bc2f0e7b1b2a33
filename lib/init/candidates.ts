/** Chooses, of what a machine has, what becomes an uplink, and in which order. */

import { isInterfaceName } from "../net/interface-name.ts";
import { formatPrefix } from "../net/prefix.ts";
import type { DefaultRoute, Device, Facts, Kind, Medium } from "./facts.ts";

/** One uplink to be. */
export interface Candidate {
  readonly name: string;
  readonly tier: number;
  readonly metered: boolean;
  readonly interface: string | null;
  readonly peer: string | null;
  /** The port whose cable counts. */
  readonly carrier: string | null;
  readonly verify: boolean;
  /** To be written: no main table tells it. */
  readonly gateway: string | null;
  /** Why it is here, and why in this place. */
  readonly why: string;
}

type Line = Omit<Candidate, "name" | "tier"> & {
  readonly label: string;
  /** The best tier it may have; the order within a tier is by metric. */
  readonly rank: number;
  readonly metric: number;
};

/** Label, rank and description of each kind. */
const KINDS: Readonly<Record<Kind, readonly [string, number, string]>> = {
  ethernet: ["cable", 1, "an Ethernet device"],
  bridge: ["cable", 1, "a bridge"],
  wifi: ["wifi", 2, "Wi-Fi: behind the cables"],
  mobile: ["lte", 3, "a mobile modem or a telephone: last, as it is paid by volume"],
  tunnel: ["tunnel", 4, "a tunnel, which needs another uplink to run over: last"],
  virtual: ["virtual", 4, "a virtual device: last"],
};

const MEDIA: Readonly<Record<Medium, readonly [string, number, string]>> = {
  dsl: ["dsl", 1, "PPP over Ethernet (DSL)"],
  modem: ["modem", 3, "PPP over a modem: last, as it is paid by volume or time"],
};

const MAIN = 254;

/** More than any metric: what is not in use now comes behind what is. */
const BEHIND = 2 ** 32;

/** The uplinks in the order of their tiers; those of one tier would share connections, so each has its own. */
export function candidatesOf(facts: Facts): readonly Candidate[] {
  const lines = [...deviceLines(facts), ...pppLines(facts)].sort(
    (left, right) => left.rank - right.rank || left.metric - right.metric,
  );
  const names = new Set<string>();
  let last = 0;
  return lines.slice(0, MOST).map(({ label, rank, metric: _, ...rest }) => {
    last = Math.max(rank, last + 1);
    return { ...rest, tier: last, name: unique(label, names) };
  });
}

const MOST = 100;

function unique(label: string, names: Set<string>): string {
  let name = label;
  for (let number = 2; names.has(name); number++) name = `${label}${number}`;
  names.add(name);
  return name;
}

function deviceLines(facts: Facts): Line[] {
  const { devices, defaults } = facts;
  const usable = devices.filter(
    ({ name }) =>
      name !== "lo" && isInterfaceName(name) && !facts.sessions.some(({ device }) => device === name),
  );
  const holding = usable.filter(({ name }) => defaults.some((route) => route.device === name));
  // Without any default route, what has a cable and an address may be waiting for one.
  const waiting = usable.filter((device) => mayLead(device, facts) && device.hasAddress);
  const chosen = holding.length + facts.sessions.length + facts.peers.length > 0 ? holding : waiting;
  return chosen.map((device) => lineOf(device, chosen, facts));
}

/** Hardware with a carrier, which is no bridge's port and under no PPP session. */
export function mayLead(device: Device, { peers }: Facts): boolean {
  const hardware = ["ethernet", "wifi", "mobile"].includes(device.kind);
  return (
    hardware && device.carrier && device.bridge === null && !peers.some(({ over }) => over === device.name)
  );
}

function lineOf(device: Device, chosen: readonly Device[], { devices, defaults }: Facts): Line {
  const routes = defaults.filter((route) => route.device === device.name).sort(byMetric);
  const [route] = routes;
  const [label, rank, what] = KINDS[device.kind];
  const ports = devices.filter(
    (port) => port.bridge === device.name && port.kind === "ethernet" && isInterfaceName(port.name),
  );
  const rivals = chosen.filter(
    (other) => other.name !== device.name && sameLan(device, other, defaults) && KINDS[other.kind][1] >= rank,
  );
  const isCable = device.kind === "ethernet" || device.kind === "bridge";
  const elsewhere = route !== undefined && !routes.some(({ table }) => table === MAIN);
  return {
    label,
    rank,
    metric: (route?.metric ?? 0) + (elsewhere ? BEHIND : 0),
    metered: device.kind === "mobile",
    interface: device.name,
    peer: null,
    carrier: device.kind === "bridge" && ports.length === 1 ? (ports[0]?.name ?? null) : null,
    verify: isCable && rivals.length > 0,
    gateway: elsewhere ? route.gateway : null,
    why: `${what}; ${route === undefined ? "it has a carrier and an address, and no default route yet" : routeWords(route)}`,
  };
}

const byMetric = (left: DefaultRoute, right: DefaultRoute) =>
  Number(right.table === MAIN) - Number(left.table === MAIN) ||
  left.family - right.family ||
  left.metric - right.metric;

function routeWords({ gateway, table }: DefaultRoute): string {
  const by = gateway === null ? "" : ` by ${gateway}`;
  return `a default route${by} is in ${table === MAIN ? "the main table" : `table ${table}`}`;
}

/** Whether both stand in one network and know one gateway. */
function sameLan(left: Device, right: Device, defaults: readonly DefaultRoute[]): boolean {
  const gateways = (device: Device) =>
    defaults.flatMap(({ device: name, gateway }) =>
      name === device.name && gateway !== null ? [gateway] : [],
    );
  const networks = left.networks.map(formatPrefix);
  return (
    right.networks.some((network) => networks.includes(formatPrefix(network))) &&
    gateways(left).some((gateway) => gateways(right).includes(gateway))
  );
}

function pppLines({ peers, sessions, defaults }: Facts): Line[] {
  const metricOf = (device: string) => defaults.find((route) => route.device === device)?.metric ?? 0;
  const running = sessions
    .filter(({ device }) => isInterfaceName(device))
    .filter(
      ({ peer }, place) => peer === null || sessions.findIndex((other) => other.peer === peer) === place,
    )
    .map(({ device, peer, medium }) =>
      pppLine(peer, device, medium, `it is ${device} now`, metricOf(device)),
    );
  const idle = peers
    .filter(({ name }) => !sessions.some((session) => session.peer === name))
    .map(({ name, medium }) => pppLine(name, null, medium, "it is not connected now", 2 * BEHIND));
  return [...running, ...idle];
}

function pppLine(
  peer: string | null,
  device: string | null,
  medium: Medium,
  now: string,
  metric: number,
): Line {
  const [label, rank, what] = MEDIA[medium];
  const how =
    peer === null
      ? "its file below /etc/ppp/peers is not known: name it with peer = … instead, as pppN may change"
      : `/etc/ppp/peers/${peer}, whichever pppN it gets; ${now}`;
  return {
    label,
    rank,
    metric,
    metered: medium === "modem",
    interface: peer === null ? device : null,
    peer,
    carrier: null,
    verify: false,
    gateway: null,
    why: `${what}; ${how}`,
  };
}
