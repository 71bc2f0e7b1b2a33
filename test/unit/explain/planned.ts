/** A kernel in which a plan is in force, as `explain` finds it. */

import { endsOf } from "../../../lib/explain/ends.ts";
import { type Explanation, explanationOf } from "../../../lib/explain/explanation.ts";
import { follow } from "../../../lib/explain/journey.ts";
import type { Packet } from "../../../lib/explain/packet.ts";
import { parseTableRoutes } from "../../../lib/explain/table-route.ts";
import { routesOf, type WalkRule } from "../../../lib/explain/walk.ts";
import type { Link } from "../../../lib/kernel/link.ts";
import type { KernelState } from "../../../lib/kernel/observe.ts";
import type { Route } from "../../../lib/kernel/route.ts";
import type { PolicyRule } from "../../../lib/kernel/rule.ts";
import type { Family } from "../../../lib/net/prefix.ts";
import { choose } from "../../../lib/plan/choice.ts";
import { planDesired } from "../../../lib/plan/desired.ts";
import { planMarking } from "../../../lib/plan/marking.ts";
import { allocateNumbers } from "../../../lib/plan/marks.ts";
import { NO_STATE } from "../../../lib/state/record.ts";
import { configOf } from "../config/reading.ts";

/** A device with one address; `dead`: without a carrier. */
export function link(name: string, local: string, length = 24, dead = false): Link {
  const family: Family = local.includes(":") ? 6 : 4;
  const addresses = [{ family, local, length, peer: null, usable: true }];
  const queues = { receiveQueues: 1, transmitQueues: 1 };
  const device = { index: name.length, name, hardwareAddress: null, ...queues };
  return { ...device, up: true, carrier: !dead, pointToPoint: false, addresses };
}

/** What iproute2 would print for a planned rule. */
function ruleJson({ family, priority, selector, action }: PolicyRule): WalkRule {
  const { from, to, inputInterface, mark, user, protocol, destinationPort } = selector;
  const prefix = (key: string, text: string | null) => {
    const [address, length] = text?.split("/") ?? [];
    return text === null ? {} : { [key]: address, ...(length && { [`${key}len`]: Number(length) }) };
  };
  const json = {
    priority,
    ...(selector.not && { not: null }),
    src: "all",
    ...prefix("src", from),
    ...prefix("dst", to),
    ...(inputInterface !== null && { iif: inputInterface }),
    ...(mark !== null && { fwmark: `0x${mark.value.toString(16)}`, fwmask: `0x${mark.mask.toString(16)}` }),
    ...(user !== null && { uid_start: user, uid_end: user }),
    ...(protocol !== null && { ipproto: String(protocol) }),
    ...(destinationPort !== null && { dport_start: destinationPort.first, dport_end: destinationPort.last }),
    ...(action.kind === "lookup" && { table: String(action.table) }),
    ...(action.kind === "lookup" && action.suppressDefault && { suppress_prefixlen: 0 }),
    ...(action.kind === "goto" && { goto: action.target }),
    ...(action.kind === "nop" && { nop: null }),
  };
  return { family, priority, protocol: 87, json };
}

const routeJson = (route: Route, links: readonly Link[]) => ({
  type: route.type === "unicast" ? "1" : "7",
  dst: route.destination,
  dev: route.device ?? undefined,
  gateway: route.gateway ?? undefined,
  table: String(route.table),
  metric: route.metric,
  prefsrc: route.source ?? undefined,
  flow: { to: String(route.realm) },
  flags: links.some((entry) => entry.name === route.device && !entry.carrier) ? ["linkdown"] : [],
});

/**
 * Explains a packet on a machine where the configuration was applied while the links were as given.
 * @param now the links as they are by now, if that differs
 */
export function explained(
  text: string,
  links: readonly Link[],
  packet: Packet,
  options: { now?: readonly Link[]; main?: readonly object[]; group?: number; filtered?: boolean } = {},
): Explanation {
  const config = configOf(text);
  const numbers = allocateNumbers(
    config.uplinks.map((uplink) => uplink.name),
    {},
    config.marks.mask,
  );
  const kernel: KernelState = { links, routes: [], rules: [], settings: [] };
  const desired = planDesired(config, numbers, kernel, {}, NO_STATE);
  const now = options.now ?? links;
  const usual = [
    { family: packet.family, priority: 0, protocol: 2, json: { priority: 0, src: "all", table: "255" } },
    {
      family: packet.family,
      priority: 32766,
      protocol: 2,
      json: { priority: 32766, src: "all", table: "254" },
    },
  ];
  const rules = [...desired.rules.map(ruleJson), ...usual].sort((a, b) => a.priority - b.priority);
  const routes = [
    ...desired.routes.filter((route) => route.family === packet.family).map((route) => routeJson(route, now)),
    ...(options.main ?? []),
  ];
  const { uplinks, balanced } = desired;
  const first = choose(uplinks, 4).ranked[0]?.interface ?? null;
  const filtered = options.filtered ?? true;
  const addresses = now.flatMap((entry) => entry.addresses.map(({ local }) => local));
  const sourceOn = (device: string) => now.find(({ name }) => name === device)?.addresses[0]?.local ?? null;
  const journey = follow(
    {
      rules,
      routes: routesOf(parseTableRoutes(routes, packet.family), new Set(["all"])),
      filter: filtered ? { config, uplinks, marking: planMarking(config, numbers), balanced, first } : null,
      sourceOn,
    },
    packet,
    options.group ?? null,
  );
  const isLocal = (address: string) => addresses.includes(address);
  const ends = endsOf({ uplinks, filtered, isLocal, sourceOn }, journey);
  return explanationOf({ config, uplinks }, packet, journey, ends, []);
}
