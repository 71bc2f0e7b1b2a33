/** The difference between what is and what should be, as the input of the tools, in the order that breaks nothing. */

import type { KernelState } from "../kernel/observe.ts";
import { deleteRoute, isSameSlot, PROTOCOL, type Route, replaceRoute, sameRoute } from "../kernel/route.ts";
import { type PolicyRule, ruleText, sameRule } from "../kernel/rule.ts";
import type { Family } from "../net/prefix.ts";
import type { ChangedSetting } from "../state/record.ts";
import { leadsAroundSources, PRIORITY, TABLE } from "./layout.ts";
import type { Setting } from "./settings.ts";

/** Lines for `ip -batch`, and for `ip -6 -batch`, which alone can say an IPv6 rule. */
export interface RoutingChanges {
  readonly lines: readonly string[];
  readonly lines6: readonly string[];
}

const NO_CHANGES = { come: [], go: [] } as const;

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
 * @param rulesSettled the rules are known to need none
 */
export function routingChanges(
  wanted: { readonly routes: readonly Route[]; readonly rules: readonly PolicyRule[] },
  kernel: KernelState,
  prefixTables: ReadonlySet<number>,
  rulesSettled = false,
): RoutingChanges {
  const has = kernel.routes.filter((route) => isOurs(route) && !isPrefixTable(prefixTables)(route));
  const routes = routeChanges(wanted.routes, has);
  const rules4 = rulesSettled ? NO_CHANGES : ruleChanges(wanted.rules, kernel, 4);
  const rules6 = rulesSettled ? NO_CHANGES : ruleChanges(wanted.rules, kernel, 6);
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
  const present = placesBy(has, roughSlot);
  const stays = new Uint8Array(has.length);
  const come: string[] = [];
  for (const route of wanted) {
    let seen: Route | undefined;
    for (const place of present.get(roughSlot(route)) ?? []) {
      const other = has[place] as Route;
      if (!isSameSlot(other, route)) continue;
      stays[place] = 1;
      seen = other;
    }
    if (seen === undefined || !sameRoute(seen, route)) come.push(replaceRoute(route));
  }
  return { come, go: has.filter((_, place) => stays[place] === 0).map(deleteRoute) };
}

/**
 * Alike for routes of one slot, seldom for others: each uplink has a default route, each prefix of a file all its routes. No
 * text is made for it, which would be dear for thousands.
 */
const roughSlot = ({ table, metric, destination }: Route) =>
  destination === "default" ? (table * 4099 + metric) | 0 : destination;

function ruleChanges(wanted: readonly PolicyRule[], kernel: KernelState, family: Family) {
  const has = kernel.rules.flatMap(({ family: of, protocol, rule }) =>
    of === family && protocol === PROTOCOL && rule !== null ? [rule] : [],
  );
  const wants = wanted.filter((rule) => rule.family === family);
  const come = without(wants, has).sort(
    (left, right) => addingOrder(left.priority) - addingOrder(right.priority),
  );
  const go = without(has, wants).sort(
    (left, right) => addingOrder(right.priority) - addingOrder(left.priority),
  );
  return { come: ruleLines("add", come), go: ruleLines("del", go) };
}

/** The file may name the same twice, which the kernel does not take. */
function ruleLines(verb: "add" | "del", rules: readonly PolicyRule[]): string[] {
  return [...new Set(rules.map((rule) => `rule ${verb} ${ruleText(rule)}`))];
}

function without(all: readonly PolicyRule[], those: readonly PolicyRule[]): PolicyRule[] {
  const places = placesBy(those, roughRule);
  return all.filter((rule) => {
    const alike = places.get(roughRule(rule));
    return alike === undefined || !alike.some((place) => sameRule(those[place] as PolicyRule, rule));
  });
}

/** Alike for equal rules, seldom for others: where many have one priority, addresses tell them apart. */
const roughRule = ({ priority, selector }: PolicyRule) => selector.from ?? selector.to ?? priority;

/** Where those that are roughly alike stand in the list. */
function placesBy<T, Key>(all: readonly T[], keyOf: (one: T) => Key): Map<Key, number[]> {
  const places = new Map<Key, number[]>();
  all.forEach((one, place) => {
    const key = keyOf(one);
    const others = places.get(key);
    if (others === undefined) places.set(key, [place]);
    else others.push(place);
  });
  return places;
}

/**
 * Rules take effect one by one. What leads to main's specific routes is there before anything that would lead a VPN's
 * packets past them, and goes last; the others come from the last that is asked to the first, so that none leads to a
 * place that is not there yet. What leads every packet around source rules comes behind the gotos that lead into them.
 */
function addingOrder(priority: number): number {
  if (leadsAroundSources(priority)) return LAST_OF_GROUPS;
  return priority <= PRIORITY.mainSpecific ? priority - RULES_END : -priority;
}

/** Between the first goto into a group of source rules, and the one for packets that have no source. */
const LAST_OF_GROUPS = -(PRIORITY.sources + PRIORITY.noSource) / 2;

/** Beyond all priorities of rules of ours. */
const RULES_END = 1 << 16;

/** Whether two texts of a setting mean the same: processor masks are printed with all zeros the machine has room for. */
export function sameSetting(seen: string, value: string): boolean {
  const plain = (text: string) => text.replaceAll(",", "").replace(/^0+(?=.)/, "");
  return seen === value || plain(seen) === plain(value);
}

/** A setting to be written, with what is there now. */
export interface SettingWrite {
  readonly path: string;
  readonly value: string;
  readonly was: string;
}

/** @param read what a setting is that was not seen yet; null: there is none */
export function settingsToWrite(
  wanted: readonly Setting[],
  read: (path: string) => string | null,
): SettingWrite[] {
  return wanted.flatMap(({ path, value, seen }) => {
    const was = seen ?? read(path);
    return was === null || sameSetting(was, value) ? [] : [{ path, value, was }];
  });
}

/** Paths of recorded settings that nobody wants any more: written back if they still are as Waymark left them. */
export function settingsToRestore(
  wanted: readonly Setting[],
  recorded: Readonly<Record<string, ChangedSetting>>,
): string[] {
  const paths = new Set(wanted.map(({ path }) => path));
  return Object.keys(recorded).filter((path) => !paths.has(path));
}
