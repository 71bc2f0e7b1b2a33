/** Where a packet goes: walks rules and tables as the kernel does. */

import type { Family } from "../../lib/net/prefix.ts";
import type { FakeKernel } from "./kernel.ts";
import { covers, type FakeRoute, lengthOf } from "./objects.ts";
import type { FakeRule } from "./rules.ts";

export interface Packet {
  readonly destination: string;
  readonly source: string | null;
  readonly mark: number;
  /** `lo`: this machine's own. */
  readonly iif: string;
  readonly user: number;
  readonly protocol: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
}

export const PACKET: Packet = {
  destination: "8.8.8.8",
  source: null,
  mark: 0,
  iif: "lo",
  user: 0,
  protocol: 6,
  sourcePort: 40000,
  destinationPort: 443,
};

export interface Outcome {
  /** null: no route at all. */
  readonly route: FakeRoute | null;
  /** How many rules were looked at. */
  readonly rules: number;
}

/** The route a packet takes. */
export function lookUp(kernel: FakeKernel, given: Partial<Packet>): Outcome {
  const packet = { ...PACKET, ...given };
  const family: Family = packet.destination.includes(":") ? 6 : 4;
  const rules = kernel.rules.filter((rule) => rule.family === family);
  let count = 0;
  for (let place = 0; place < rules.length; place++) {
    const rule = rules[place] as FakeRule;
    count++;
    if (isMatch(rule, packet) === rule.not) continue;
    if (rule.goto !== null) {
      const target = rules.findIndex((other) => other.priority === rule.goto);
      if (target > place) place = target - 1;
      continue;
    }
    const route = rule.table === null ? null : lookUpTable(kernel, rule.table, packet.destination, family);
    if (route === null || (rule.suppress && lengthOf(route.destination, family) === 0)) continue;
    return { route, rules: count };
  }
  return { route: null, rules: count };
}

function isMatch(rule: FakeRule, packet: Packet): boolean {
  const inPrefix = (text: string | null, address: string | null) =>
    text === null || (address !== null && covers(text, address));
  return (
    inPrefix(rule.from, packet.source) &&
    inPrefix(rule.to, packet.destination) &&
    (rule.iif === null || rule.iif === packet.iif) &&
    (rule.mark === null || (packet.mark & rule.mark.mask) >>> 0 === rule.mark.value) &&
    (rule.uid === null || (packet.iif === "lo" && inRange(rule.uid, packet.user))) &&
    (rule.ipproto === null || rule.ipproto === packet.protocol) &&
    (rule.sport === null || inRange(rule.sport, packet.sourcePort)) &&
    (rule.dport === null || inRange(rule.dport, packet.destinationPort))
  );
}

function inRange(range: string, value: number): boolean {
  const [first = 0, last = first] = range.split("-").map(Number);
  return value >= first && value <= last;
}

/** The longest prefix, then the least metric; lines without a carrier are passed over where that is switched on. */
function lookUpTable(
  kernel: FakeKernel,
  table: number,
  destination: string,
  family: Family,
): FakeRoute | null {
  const routes = kernel.routes
    .filter((route) => route.table === table && route.family === family)
    .filter((route) => isAlive(kernel, route))
    .filter((route) => route.destination === "default" || covers(route.destination, destination));
  const rank = (route: FakeRoute) => -lengthOf(route.destination, family);
  return routes.sort((left, right) => rank(left) - rank(right) || left.metric - right.metric)[0] ?? null;
}

function isAlive(kernel: FakeKernel, route: FakeRoute): boolean {
  if (route.type !== 1 || route.device === null) return true;
  const link = kernel.links.get(route.device);
  const path = `/proc/sys/net/ipv${route.family}/conf/${route.device}/ignore_routes_with_linkdown`;
  return link?.up === true && (link.carrier || kernel.settings.get(path) !== "1");
}

/** Whether the route really leads out: a device with a carrier. */
export function leadsOut(kernel: FakeKernel, outcome: Outcome): boolean {
  const { route } = outcome;
  return route?.type === 1 && route.device !== null && kernel.links.get(route.device)?.carrier === true;
}
