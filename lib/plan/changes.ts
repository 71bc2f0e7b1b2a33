/** The difference between what is and what should be, as the input of the tools, in the order that breaks nothing. */

import type { KernelState } from "../kernel/observe.ts";
import { deleteRoute, PROTOCOL, type Route, replaceRoute, routeSlot, sameRoute } from "../kernel/route.ts";
import { type PolicyRule, ruleText } from "../kernel/rule.ts";
import type { Family } from "../net/prefix.ts";
import type { ChangedSetting } from "../state/record.ts";
import { PRIORITY, TABLE } from "./layout.ts";
import type { Setting } from "./settings.ts";

/** Lines for `ip -batch`, and for `ip -6 -batch`, which alone can say an IPv6 rule. */
export interface RoutingChanges {
  readonly lines: readonly string[];
  readonly lines6: readonly string[];
}

/** Tables that are filled from files are compared apart. */
const isPrefixTable = (tables: ReadonlySet<number>) => (route: Route) => tables.has(route.table);

/** Whether a route is one of Waymark's: by its tag, and in a table of Waymark's. */
export function isOurs(route: Route): boolean {
  return route.protocol === PROTOCOL && route.table >= TABLE.choice && route.table < TABLE.rules + 2000;
}

/**
 * What turns the kernel's routes and rules into the wanted ones.
 * First what comes or changes (a replaced route is swapped atomically), routes before the rules that lead to them,
 * rules from the last to the first, so that no packet meets a rule before what it leads to; then what goes.
 * @param prefixTables numbers of tables that are filled from files
 */
export function routingChanges(
  wanted: { readonly routes: readonly Route[]; readonly rules: readonly PolicyRule[] },
  kernel: KernelState,
  prefixTables: ReadonlySet<number>,
): RoutingChanges {
  const has = kernel.routes.filter((route) => isOurs(route) && !isPrefixTable(prefixTables)(route));
  const routes = routeChanges(wanted.routes, has);
  const rules4 = ruleChanges(wanted.rules, kernel, 4);
  const rules6 = ruleChanges(wanted.rules, kernel, 6);
  const [guards, others] = parted(routes.come);
  return {
    lines: [...others, ...rules4.come, ...rules4.go, ...guards, ...routes.go],
    lines6: [...rules6.come, ...rules6.go],
  };
}

/**
 * An uplink's guard closes its table: not before the rules lead elsewhere what may go elsewhere. A rule's guard is there
 * before the rule.
 */
function parted(lines: readonly string[]): [guards: string[], others: string[]] {
  const isGuard = (line: string) => {
    const table = Number(/^route replace unreachable .*\btable (\d+)/.exec(line)?.[1] ?? 0);
    return table > TABLE.uplink && table < TABLE.sharedLan;
  };
  return [lines.filter(isGuard), lines.filter((line) => !isGuard(line))];
}

/** Lines that turn one set of routes into another. */
export function routeChanges(
  wanted: readonly Route[],
  has: readonly Route[],
): { readonly come: string[]; readonly go: string[] } {
  const present = new Map(has.map((route) => [routeSlot(route), route]));
  const slots = new Set(wanted.map(routeSlot));
  const isThere = (route: Route) => {
    const seen = present.get(routeSlot(route));
    return seen !== undefined && sameRoute(seen, route);
  };
  return {
    come: wanted.filter((route) => !isThere(route)).map(replaceRoute),
    go: has.filter((route) => !slots.has(routeSlot(route))).map(deleteRoute),
  };
}

function ruleChanges(wanted: readonly PolicyRule[], kernel: KernelState, family: Family) {
  const seen = kernel.rules.filter((rule) => rule.family === family && rule.protocol === PROTOCOL);
  const has = seen.flatMap((rule) => (rule.rule === null ? [] : [ruleText(rule.rule)]));
  const ofFamily = wanted.filter((rule) => rule.family === family);
  const texts = [...new Set(ofFamily.map(ruleText))];
  const present = new Set(has);
  const keep = new Set(texts);
  const order = new Map(ofFamily.map((rule) => [ruleText(rule), addingOrder(rule.priority)]));
  const come = texts
    .filter((text) => !present.has(text))
    .sort((left, right) => (order.get(left) ?? 0) - (order.get(right) ?? 0));
  const go = seen
    .flatMap(({ rule }) => (rule === null || keep.has(ruleText(rule)) ? [] : [rule]))
    .sort((left, right) => addingOrder(right.priority) - addingOrder(left.priority));
  return {
    come: come.map((text) => `rule add ${text}`),
    go: go.map((rule) => `rule del ${ruleText(rule)}`),
  };
}

/**
 * Rules take effect one by one. What leads to main's specific routes is there before anything that would lead a VPN's
 * packets past them, and goes last; the others come from the last that is asked to the first, so that none leads to a
 * place that is not there yet.
 */
function addingOrder(priority: number): number {
  return priority <= PRIORITY.mainSpecific ? priority - RULES_END : -priority;
}

/** Beyond all priorities of rules of ours. */
const RULES_END = 1 << 16;

export interface SettingChanges {
  /** To be written, with what is there now. */
  readonly write: readonly { readonly path: string; readonly value: string; readonly was: string }[];
  /** Recorded settings that nobody wants any more: written back if they still are as Waymark left them. */
  readonly restore: readonly { readonly path: string; readonly set: string; readonly was: string }[];
}

/** Whether two texts of a setting mean the same: processor masks are printed with all zeros the machine has room for. */
export function sameSetting(seen: string, value: string): boolean {
  const plain = (text: string) => text.replaceAll(",", "").replace(/^0+(?=.)/, "");
  return seen === value || plain(seen) === plain(value);
}

/** @param wanted with `seen` filled in for all that exist */
export function settingChanges(
  wanted: readonly Setting[],
  recorded: Readonly<Record<string, ChangedSetting>>,
): SettingChanges {
  const paths = new Set(wanted.map((setting) => setting.path));
  return {
    write: wanted.flatMap(({ path, value, seen }) =>
      seen === null || sameSetting(seen, value) ? [] : [{ path, value, was: seen }],
    ),
    restore: Object.entries(recorded)
      .filter(([path]) => !paths.has(path))
      .map(([path, { was, set }]) => ({ path, was, set })),
  };
}
