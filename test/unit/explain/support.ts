/** Rules and routes as iproute2 prints them, in few words. */

import { LOCAL, type Packet } from "../../../lib/explain/packet.ts";
import type { RuleJson } from "../../../lib/explain/rule-match.ts";
import { parseTableRoutes } from "../../../lib/explain/table-route.ts";
import { routesOf, type Step, type WalkRule, walk } from "../../../lib/explain/walk.ts";
import { type Family, parseAddress } from "../../../lib/net/prefix.ts";

/** A rule; without a selector it is for every packet. */
export function rule(priority: number, json: RuleJson, protocol = 0): WalkRule {
  const all = { priority, src: "all", protocol: String(protocol), ...json };
  return { family: 4, priority, protocol, json: all };
}

/** A packet of this machine's own. */
export function packet(to: string, rest: Partial<Packet> = {}): Packet {
  const family: Family = parseAddress(to)?.family ?? 4;
  return {
    family,
    to,
    from: null,
    input: LOCAL,
    mark: 0,
    user: 0,
    protocol: null,
    destinationPort: null,
    ...rest,
  };
}

/** A default route by the device in the table, or what is given instead. */
export function way(table: number, dev: string, rest: object = {}): object {
  return { type: "1", dst: "default", dev, table: String(table), flags: [], ...rest };
}

/** The steps of a packet. */
export function steps(
  rules: readonly WalkRule[],
  routes: readonly object[],
  of: Packet,
  passedOver: readonly string[] = [],
): Step[] {
  const own = rules.map((entry) => ({ ...entry, family: of.family }));
  return walk(own, routesOf(parseTableRoutes(routes, of.family), new Set(passedOver)), of);
}

/** Where the steps end: `PRIORITY DEVICE`, `PRIORITY unreachable`, or `nowhere`. */
export function end(taken: readonly Step[]): string {
  const last = taken.at(-1);
  if (last?.outcome.kind === "routed") {
    const devices = last.outcome.found.nextHops.map((hop) => hop.device).join("+");
    return `${last.rule.priority} ${devices}`;
  }
  return last?.outcome.kind === "refused" ? `${last.rule.priority} ${last.outcome.how}` : "nowhere";
}
