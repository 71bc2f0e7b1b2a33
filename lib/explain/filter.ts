/** What the packet filter does to a new connection's first packet before it is routed for good: it may mark it. */

import type { Config } from "../config/types.ts";
import { contains } from "../net/prefix.ts";
import { REALM } from "../plan/layout.ts";
import type { Marking } from "../plan/marking.ts";
import type { UplinkState } from "../plan/uplink-state.ts";
import type { Found } from "./lookup.ts";
import { LOCAL, type Packet } from "./packet.ts";

/** The part of the plan that the packet filter is made from. */
export interface FilterPlan {
  readonly config: Config;
  readonly uplinks: readonly UplinkState[];
  readonly marking: Marking;
  /** Names of the uplinks that the loaded filter shares new connections between; fewer than two: nothing is shared out. */
  readonly balanced: readonly string[];
  /** The device that the choice's best route leaves by. */
  readonly first: string | null;
}

/** One of the marks that a packet may get. */
export interface Share {
  readonly uplink: string;
  readonly mark: number;
  /** `part` of `of` connections get it. */
  readonly part: number;
  readonly of: number;
}

export type Marked =
  | { readonly kind: "nothing" }
  | { readonly kind: "group"; readonly rule: string; readonly mark: number }
  | { readonly kind: "shared"; readonly shares: readonly Share[] };

const NOTHING: Marked = { kind: "nothing" };

/**
 * The chain `output`, behind the first look at the routes.
 * @param group number of the group that the process runs with
 * @param found where that look led
 */
export function markLocal(plan: FilterPlan, packet: Packet, group: number | null, found: Found): Marked {
  const isLoopback = found.nextHops.some((hop) => hop.device === LOCAL) || found.route.kind === "local";
  if (isLoopback || !isLoaded(plan) || packet.mark !== 0) return NOTHING;
  const rule = plan.config.rules.find(
    (candidate) => candidate.group !== null && candidate.group.id === group,
  );
  const mark = rule === undefined ? undefined : plan.marking.ruleMarks.get(rule.name);
  if (rule !== undefined && mark !== undefined) return { kind: "group", rule: rule.name, mark };
  if (found.route.realm >= REALM.rules) return NOTHING;
  return found.nextHops[0]?.device === plan.first ? shareOut(plan, packet) : NOTHING;
}

/**
 * The chain `prerouting`, before any look at the routes.
 * @param outward where the kernel would send it if it were this machine's own (the filter's `fib daddr oifname`)
 */
export function markForwarded(plan: FilterPlan, packet: Packet, outward: Found | null): Marked {
  const arrival = plan.uplinks.find((uplink) => uplink.interface === packet.input);
  if (arrival !== undefined && !isClient(arrival, packet.from)) return NOTHING;
  const device = outward?.nextHops[0]?.device;
  return plan.uplinks.some((uplink) => uplink.interface !== null && uplink.interface === device)
    ? shareOut(plan, packet)
    : NOTHING;
}

/** Whether the address is one of the LAN hosts that an uplink with `lan = true` shares its device with. */
function isClient(uplink: UplinkState, address: string | null): boolean {
  return address !== null && lanOf(uplink).some((network) => contains(network, address));
}

function lanOf({ uplink, interface: device, path4 }: UplinkState) {
  return uplink.lan && device !== null ? (path4?.networks ?? []) : [];
}

/** Without a device there is no packet filter. */
function isLoaded(plan: FilterPlan): boolean {
  return plan.uplinks.some((uplink) => uplink.interface !== null);
}

/** The shares by weight of a new connection. */
function shareOut(plan: FilterPlan, packet: Packet): Marked {
  const isNear = plan.uplinks.some((uplink) => isClient(uplink, packet.to));
  const members = plan.uplinks.filter(
    (uplink) => uplink.interface !== null && plan.balanced.includes(uplink.uplink.name),
  );
  if (packet.family !== 4 || isNear || members.length < 2) return NOTHING;
  const of = members.reduce((sum, { uplink }) => sum + uplink.weight, 0);
  return {
    kind: "shared",
    shares: members.map(({ uplink, mark }) => ({
      uplink: uplink.name,
      mark: plan.marking.balanceMarks.get(uplink.name) ?? mark,
      part: uplink.weight,
      of,
    })),
  };
}
