/** A new connection's first packet on its way: each look at the routes, and the packet filter between them. */

import { type FilterPlan, type Marked, markForwarded, markLocal, type Share } from "./filter.ts";
import { LOCAL, type Packet } from "./packet.ts";
import { foundBy, type Routes, type Step, type WalkRule, walk } from "./walk.ts";

/** One look at the routes. */
export interface Look {
  readonly packet: Packet;
  readonly steps: readonly Step[];
}

/** Where the packet goes in the end; one of several if connections are shared out. */
export interface Way extends Look {
  /** null: every such connection goes this way. */
  readonly share: Share | null;
}

export interface Journey {
  /** Looks before the last, in their order. */
  readonly before: readonly Look[];
  /** What the packet filter did between those and the last. */
  readonly marked: Marked;
  /** At least one. */
  readonly ways: readonly Way[];
  /** How datagrams of a socket that never connects would be shared out, where connections are not. */
  readonly loose: readonly Share[];
}

export interface Ground {
  readonly rules: readonly WalkRule[];
  readonly routes: Routes;
  /** null: no packet filter of ours is loaded. */
  readonly filter: FilterPlan | null;
  /** The address that the kernel chooses on a device, where the route names none. */
  sourceOn(device: string): string | null;
}

/**
 * Follows the packet.
 * @param group number of the group that a local process runs with
 */
export function follow(ground: Ground, packet: Packet, group: number | null): Journey {
  return packet.input === LOCAL ? followLocal(ground, packet, group) : followForwarded(ground, packet);
}

function followForwarded(ground: Ground, packet: Packet): Journey {
  // The packet filter's own look knows neither interface nor ports (nft_fib_ipv4.c).
  const bare: Packet = { ...packet, input: LOCAL, user: 0, mark: 0, protocol: null, destinationPort: null };
  const outward = foundBy(look(ground, bare).steps);
  const marked: Marked =
    ground.filter === null ? { kind: "nothing" } : markForwarded(ground.filter, packet, outward);
  return { before: [], marked, ways: lastLooks(ground, packet, marked), loose: [] };
}

function followLocal(ground: Ground, packet: Packet, group: number | null): Journey {
  const first = look(ground, packet);
  const source = packet.from ?? sourceOf(ground, first);
  // A socket that is not bound looks a second time, with the address that the first look gave it.
  const looks =
    packet.from === null && source !== null && foundBy(first.steps)?.route.kind === "unicast"
      ? [first, look(ground, { ...packet, from: source })]
      : [first];
  const last = looks.at(-1) ?? first;
  const found = foundBy(last.steps);
  const mark = (of: Look): Marked => {
    const where = foundBy(of.steps);
    return ground.filter === null || where === null
      ? { kind: "nothing" }
      : markLocal(ground.filter, of.packet, group, where);
  };
  const marked = found === null ? ({ kind: "nothing" } as const) : mark(last);
  if (marked.kind === "nothing") {
    const unconnected = mark(first);
    const loose = unconnected.kind === "shared" ? unconnected.shares : [];
    return { before: looks.slice(0, -1), marked, ways: [{ ...last, share: null }], loose };
  }
  // Marked packets are routed once more. The kernel forgets the user then, but for IPv6 (ip_route_me_harder).
  const again = { ...last.packet, user: packet.family === 4 ? 0 : packet.user };
  return { before: looks, marked, ways: lastLooks(ground, again, marked), loose: [] };
}

function lastLooks(ground: Ground, packet: Packet, marked: Marked): Way[] {
  switch (marked.kind) {
    case "nothing":
      return [{ ...look(ground, packet), share: null }];
    case "group":
      return [{ ...look(ground, { ...packet, mark: marked.mark }), share: null }];
    case "shared":
      return marked.shares.map((share) => ({ ...look(ground, { ...packet, mark: share.mark }), share }));
  }
}

function look({ rules, routes }: Ground, packet: Packet): Look {
  return { packet, steps: walk(rules, routes, packet) };
}

function sourceOf(ground: Ground, { steps }: Look): string | null {
  const found = foundBy(steps);
  const device = found?.nextHops[0]?.device;
  return found?.route.source ?? (typeof device === "string" ? ground.sourceOn(device) : null);
}
