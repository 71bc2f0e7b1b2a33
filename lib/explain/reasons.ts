/** Why a packet goes where it goes, step by step, in sentences. */

import type { Config, Rule } from "../config/types.ts";
import { formatPrefix } from "../net/prefix.ts";
import { choose } from "../plan/choice.ts";
import type { UplinkState } from "../plan/uplink-state.ts";
import type { Packet } from "./packet.ts";
import { type Role, roleOf, roleText } from "./rule-name.ts";
import type { NextHop, TableRoute } from "./table-route.ts";
import type { Outcome, Step } from "./walk.ts";

export interface Words {
  readonly config: Config;
  readonly uplinks: readonly UplinkState[];
}

/** One sentence for each step of a look that says something. */
export function reasonsOf(words: Words, packet: Packet, steps: readonly Step[]): string[] {
  const told = steps.flatMap((step) => sentence(words, packet, step) ?? []);
  const last = steps.at(-1)?.outcome.kind;
  return last === "routed" || last === "refused" ? told : [...told, "no rule has a route to it"];
}

function sentence(words: Words, packet: Packet, { rule, outcome }: Step): string | null {
  const role = roleOf(rule, words.config, words.uplinks);
  const name = `${roleText(role, rule)} (${rule.priority})`;
  switch (outcome.kind) {
    case "no match":
    case "nop":
    case "goto":
      return null;
    case "no route":
      return noRoute(words, role, name, outcome);
    case "throw":
      return `${name}: ${routeWords(outcome.route, [])} says to ask the next rule`;
    case "suppressed":
      return role.kind === "main"
        ? "main has no specific route to it; main's default does not count"
        : `${name}: ${routeWords(outcome.route, [])} is too short for this rule`;
    case "refused":
      return `${name}: ${refusedWords(words, role, packet, outcome.route)}`;
    case "routed": {
      const { route, nextHops } = outcome.found;
      const passed = outcome.skipped.map(
        (skipped) => ` (${routeWords(skipped.route, skipped.route.nextHops)} is passed over: ${skipped.why})`,
      );
      return `${name}: ${routedWords(words, role, packet, route)}${routeWords(route, nextHops)}${passed.join("")}`;
    }
  }
}

function noRoute(
  words: Words,
  role: Role,
  name: string,
  { skipped }: Outcome & { readonly kind: "no route" },
): string | null {
  const passed = skipped.map(
    ({ route, why }) => `${routeWords(route, route.nextHops)} is passed over: ${why}`,
  );
  if (role.kind === "rule") return `${name}: ${[...passed, ruleEmpty(words, role.rule)].join("; ")}`;
  if (passed.length > 0) return `${name}: ${passed.join("; ")}`;
  if (role.kind === "choice") return `${name}: no uplink can take it`;
  return role.kind === "foreign" && !role.usual ? `${name}: its table has no route to it` : null;
}

/** Why a rule's table has nothing for the packet. */
function ruleEmpty({ uplinks }: Words, rule: Rule): string {
  const via = uplinks.filter(({ uplink }) => rule.via.includes(uplink.name));
  const works = via.some((uplink) => uplink.state === "up" && !uplink.drained);
  if (works && rule.destinationFile !== null) return `${rule.destinationFile} has no prefix for it`;
  if (works) return "its table has no route to it";
  return `it is for this packet, but none of its uplinks takes it (${via.map(standing).join("; ")}): on to what follows`;
}

function standing(state: UplinkState): string {
  const { name } = state.uplink;
  if (state.state !== "up") return `${name} is ${state.state}: ${state.reason}`;
  return state.drained ? `${name} is drained` : `${name} is up`;
}

/** What the guard, or another refusing route, is for. */
function refusedWords(words: Words, role: Role, packet: Packet, route: TableRoute | null): string {
  if (role.kind === "rule") {
    const via = words.uplinks.filter(({ uplink }) => role.rule.via.includes(uplink.name));
    return `guard: unreachable, since none of its uplinks takes it (${via.map(standing).join("; ")}) and otherwise = "unreachable"`;
  }
  if (role.kind === "source" || role.kind === "mark" || role.kind === "share") {
    const uplink = words.uplinks.find((candidate) => candidate.uplink.name === role.uplink);
    const state = uplink === undefined ? "" : `: ${standing(uplink)}`;
    const no6 = packet.family === 6 && uplink?.state === "up" ? ", and has no way for IPv6" : "";
    return `guard: unreachable${state}${no6}`;
  }
  if (role.kind === "name servers")
    return "guard: unreachable: it is a name server of an uplink that does not work, and asked by no other";
  return route === null ? "refuses it" : routeWords(route, []);
}

function routedWords(words: Words, role: Role, packet: Packet, route: TableRoute): string {
  if (role.kind === "main") return "main's specific route wins: ";
  if (role.kind !== "choice") return "";
  const { best } = choose(words.uplinks, packet.family);
  const first = best[0]?.uplink;
  const isBest = best.some((uplink) => route.nextHops.some((hop) => hop.device === uplink.interface));
  return first !== undefined && isBest ? `tier ${first.tier} is the best that works: ` : "";
}

/** A route as `ip route` writes it. */
function routeWords(route: TableRoute, nextHops: readonly NextHop[]): string {
  const destination = route.destination.length === 0 ? "default" : formatPrefix(route.destination);
  const kind = route.kind === "unicast" ? [] : [route.kind];
  const hops = nextHops.map(({ gateway, device }) =>
    [...(gateway === null ? [] : ["via", gateway]), ...(device === null ? [] : ["dev", device])].join(" "),
  );
  const ways = hops.length === 0 ? [] : [hops.join(" or ")];
  return [...kind, destination, ...ways, "table", tableName(route.table)].join(" ");
}

function tableName(table: number): string {
  return { 253: "default", 254: "main", 255: "local" }[table] ?? String(table);
}
