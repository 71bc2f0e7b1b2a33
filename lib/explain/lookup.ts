/** One table's answer for a packet: the longest prefix, then the lowest metric, then what is alive. */

import { contains } from "../net/prefix.ts";
import type { Packet } from "./packet.ts";
import type { NextHop, TableRoute } from "./table-route.ts";

/** Names of the interfaces whose routes are passed over without a carrier, as `ip netconf` tells; `all` means all. */
export type PassedOver = ReadonlySet<string>;

export interface Found {
  readonly route: TableRoute;
  /** The next hops that are alive: more than one share by the kernel's own choice. Empty for routes without. */
  readonly nextHops: readonly NextHop[];
}

/** A route that covers the packet but cannot be taken now. */
export interface Skipped {
  readonly route: TableRoute;
  readonly why: string;
}

export interface Lookup {
  /** null: no route, the next rule is asked. */
  readonly found: Found | null;
  /** What was passed over before. */
  readonly skipped: readonly Skipped[];
}

/** Looks the packet up in the routes of one table. */
export function lookUp(routes: readonly TableRoute[], packet: Packet, passedOver: PassedOver): Lookup {
  const candidates = routes
    .filter((route) => contains(route.destination, packet.to))
    // Array.prototype.sort is stable: of equal routes the first one listed is the kernel's first.
    .sort(
      (left, right) =>
        right.destination.length - left.destination.length ||
        left.metric - right.metric ||
        right.preference - left.preference,
    );
  const skipped: Skipped[] = [];
  for (const route of candidates) {
    if (!hasWay(route)) return { found: { route, nextHops: [] }, skipped };
    const nextHops = alive(route, passedOver);
    if (nextHops.length > 0) return { found: { route, nextHops: withEqual(nextHops) }, skipped };
    skipped.push({ route, why: whyNot(route) });
  }
  return { found: null, skipped };

  /** Equal routes of IPv6 are taken in turn (RFC 4191). */
  function withEqual(nextHops: readonly NextHop[]): readonly NextHop[] {
    if (packet.family === 4) return nextHops;
    const best = candidates.filter((route) => hasWay(route) && alive(route, passedOver).length > 0);
    const first = best[0];
    const equal = best.filter(
      (route) =>
        route.destination.length === first?.destination.length &&
        route.metric === first.metric &&
        route.preference === first.preference,
    );
    return equal.flatMap((route) => alive(route, passedOver));
  }
}

function alive(route: TableRoute, passedOver: PassedOver): readonly NextHop[] {
  const passes = (device: string | null) =>
    passedOver.has("all") || (device !== null && passedOver.has(device));
  return route.nextHops.filter((hop) => !hop.dead && !(hop.linkDown && passes(hop.device)));
}

/** Whether packets of the route go anywhere; IPv6 shows its unreachable routes on `lo`. */
function hasWay({ kind }: TableRoute): boolean {
  return kind === "unicast" || kind === "local" || kind === "broadcast" || kind === "multicast";
}

function whyNot(route: TableRoute): string {
  const devices = [...new Set(route.nextHops.map((hop) => hop.device ?? "?"))].join(", ");
  // Without a carrier a next hop that is passed over is shown as dead too.
  return route.nextHops.some((hop) => hop.linkDown)
    ? `there is no carrier on ${devices}`
    : `${devices} is switched off`;
}
