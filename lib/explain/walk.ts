/** Walks the routing policy rules as the kernel does: upwards, until one of them decides. */

import type { Family } from "../net/prefix.ts";
import { type Found, type Lookup, lookUp, type PassedOver, type Skipped } from "./lookup.ts";
import type { Packet } from "./packet.ts";
import { type Action, actionOf, type Refusal } from "./rule-action.ts";
import { matchRule, type RuleJson } from "./rule-match.ts";
import type { TableRoute } from "./table-route.ts";

/** A rule of whoever's making. `SeenRule` of the kernel's listing is one. */
export interface WalkRule {
  readonly family: Family;
  readonly priority: number;
  readonly protocol: number;
  readonly json: RuleJson;
}

/** Routes in the order of their listing, by table. */
export interface Routes {
  readonly tables: ReadonlyMap<number, readonly TableRoute[]>;
  readonly passedOver: PassedOver;
}

export type Outcome =
  /** The rule is not for this packet; told only if that hangs on something that was not said. */
  | { readonly kind: "no match"; readonly unsaid: readonly string[]; readonly unknown: readonly string[] }
  | { readonly kind: "goto"; readonly target: number; readonly found: boolean }
  | { readonly kind: "nop" }
  /** The table has nothing that can be taken; the next rule is asked. */
  | { readonly kind: "no route"; readonly skipped: readonly Skipped[] }
  /** `throw`: the table says that the next rule is to be asked. */
  | { readonly kind: "throw"; readonly route: TableRoute }
  /** The route found is too short for the rule. */
  | { readonly kind: "suppressed"; readonly route: TableRoute }
  | { readonly kind: "refused"; readonly how: Refusal; readonly route: TableRoute | null }
  | { readonly kind: "routed"; readonly found: Found; readonly skipped: readonly Skipped[] };

/** One rule and what came of it. */
export interface Step {
  readonly rule: WalkRule;
  readonly action: Action;
  readonly outcome: Outcome;
}

/** Routes by table. */
export function routesOf(routes: readonly TableRoute[], passedOver: PassedOver): Routes {
  const tables = new Map<number, TableRoute[]>();
  for (const route of routes) {
    const table = tables.get(route.table);
    if (table === undefined) tables.set(route.table, [route]);
    else table.push(route);
  }
  return { tables, passedOver };
}

/**
 * Walks the rules.
 * @param rules in the kernel's order; those of the other family are passed over
 * @returns the steps that mean something; the last one decides unless no rule did
 */
export function walk(rules: readonly WalkRule[], routes: Routes, packet: Packet): Step[] {
  const own = rules.filter((rule) => rule.family === packet.family);
  const steps: Step[] = [];
  for (let place = 0; place < own.length; place++) {
    const rule = own[place] as WalkRule;
    const action = actionOf(rule.json);
    const { matches, unsaid, unknown } = matchRule(rule.json, packet);
    const step = (outcome: Outcome) => steps.push({ rule, action, outcome });
    if (!matches) {
      if (unsaid.length + unknown.length > 0) step({ kind: "no match", unsaid, unknown });
      continue;
    }
    if (action.kind === "goto") {
      const target = own.findIndex((other) => other.priority === action.target);
      step({ kind: "goto", target: action.target, found: target > place });
      // A target that is not there, or stands before the rule, is passed over.
      if (target > place) place = target - 1;
      continue;
    }
    const outcome = outcomeOf(action, routes, packet);
    step(outcome);
    if (outcome.kind === "routed" || outcome.kind === "refused") return steps;
  }
  return steps;
}

function outcomeOf(action: Exclude<Action, { kind: "goto" }>, routes: Routes, packet: Packet): Outcome {
  if (action.kind === "nop") return { kind: "nop" };
  if (action.kind === "refuse") return { kind: "refused", how: action.how, route: null };
  const result = lookUp(routes.tables.get(action.table) ?? [], packet, routes.passedOver);
  return judged(result, action.suppress);
}

function judged({ found, skipped }: Lookup, suppress: number): Outcome {
  if (found === null) return { kind: "no route", skipped };
  const { route } = found;
  switch (route.kind) {
    case "throw":
      return { kind: "throw", route };
    case "unreachable":
    case "prohibit":
    case "blackhole":
      // Refusing is an answer, and suppressing concerns routes only (fib_rules_lookup).
      return { kind: "refused", how: route.kind, route };
    case "other":
      return { kind: "refused", how: "blackhole", route };
    case "unicast":
    case "local":
    case "broadcast":
    case "multicast":
      return route.destination.length <= suppress
        ? { kind: "suppressed", route }
        : { kind: "routed", found, skipped };
  }
}

/** The step that decides; null: no rule has a route, and the packet cannot be sent. */
export function decision(steps: readonly Step[]): Step | null {
  const last = steps.at(-1);
  return last?.outcome.kind === "routed" || last?.outcome.kind === "refused" ? last : null;
}

/** The route that was found; null: none, or the packet is refused. */
export function foundBy(steps: readonly Step[]): Found | null {
  const outcome = decision(steps)?.outcome;
  return outcome?.kind === "routed" ? outcome.found : null;
}
