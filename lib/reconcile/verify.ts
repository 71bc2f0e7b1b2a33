/** Looks whether the kernel took what it was given, in the same process that gave it. */

import {
  type Batches,
  listsIn,
  type ObserveOptions,
  questionsOf,
  readList,
  readLook,
} from "../kernel/observe.ts";
import { parseRoutes, type Route } from "../kernel/route.ts";
import { isOurs, routeChanges, routingChanges } from "../plan/changes.ts";
import type { Desired } from "../plan/desired.ts";

/** What is shown again behind a change, and how it is read. */
export interface Recheck {
  /** Lines for the batch. */
  readonly lines: readonly string[];
  /** Options of `ip` that they need; if there are any, the changes cannot be made in the same process. */
  readonly options: readonly string[];
  /** What of a look it shows anew, so that it tells what the next event is to find; null: not all of it. */
  readonly shows: keyof Batches | null;
  /** @param said what the batch printed @returns a message for each thing that is not as wanted */
  readonly leftUndone: (desired: Desired, said: string) => string[];
}

/**
 * A look larger than this (some sixty uplinks) is not repeated behind a change: only what was touched is. What is
 * repeated makes the change dearer by a seventh, and lets the same event end in the shell when it comes again; most do.
 */
const LARGE = 128 * 1024;

/** Each part of a table that is shown has the kernel list all of them, which takes a millisecond then. */
const MANY = 32;

/**
 * Chooses what to show again.
 * @param lines the changes
 * @param size of the look that was taken before them, in characters
 */
export function planRecheck(
  lines: readonly string[],
  size: number,
  asked: ObserveOptions,
  prefixTables: ReadonlySet<number>,
): Recheck {
  const slots = slotsOf(lines);
  return size <= LARGE || slots.length > MANY ? everything(asked, prefixTables) : touched(slots, asked);
}

const complaint = (line: string) => `the kernel did not keep what it was given: still to do: ip ${line}`;

/** IPv4 rules, and routes of both families if they were asked for together. */
function everything(asked: ObserveOptions, prefixTables: ReadonlySet<number>): Recheck {
  const shows = asked.tables === null ? "all" : "ipv4";
  return {
    lines: questionsOf(asked)
      [shows].split("\n")
      .filter((line) => line !== ""),
    options: optionsFor(asked),
    shows,
    leftUndone: (desired, text) => {
      const said: Batches = { all: "", ipv4: "", ipv6: "", [shows]: text };
      const kernel = readLook(said, asked);
      const inReach = asked.tables === null ? desired.routes : desired.routes.filter(isIPv4);
      const wanted = { routes: inReach, rules: desired.rules.filter(isIPv4) };
      return routingChanges(wanted, kernel, prefixTables).lines.map(complaint);
    },
  };
}

/** Large tables must not be listed for nothing. */
const optionsFor = (asked: ObserveOptions) => (asked.tables === null ? [] : ["-4"]);

const isIPv4 = ({ family }: { readonly family: number }) => family === 4;

/** Where routes may stand: a metric of a table. */
type Slot = Pick<Route, "table" | "metric">;

/** The slots of IPv4 routes that the changes name, each once. */
function slotsOf(changes: readonly string[]): Slot[] {
  const found = new Map<string, Slot>();
  // An IPv6 route has a colon in its destination, be it `::/0`.
  for (const line of changes.filter((text) => !text.includes(":"))) {
    const [words, table, metric] = /^route .*\btable (\d+) metric (\d+)\b/.exec(line) ?? [];
    if (words !== undefined)
      found.set(`${table} ${metric}`, { table: Number(table), metric: Number(metric) });
  }
  return [...found.values()];
}

/** IPv4 routes in these slots. */
function touched(slots: readonly Slot[], asked: ObserveOptions): Recheck {
  return {
    lines: slots.map(({ table, metric }) => `route show table ${table} metric ${metric}`),
    options: optionsFor(asked),
    shows: null,
    leftUndone: (desired, said) => {
      const lists = listsIn(said);
      // What a listing is narrowed to, iproute2 leaves out of it.
      const seen = slots.flatMap(({ table, metric }, place) =>
        parseRoutes(readList(lists[place]), table, 4).map((route) => ({ ...route, metric })),
      );
      const wanted = desired.routes.filter(
        ({ family, table, metric }) =>
          family === 4 && slots.some((slot) => slot.table === table && slot.metric === metric),
      );
      const { come, go } = routeChanges(wanted, seen.filter(isOurs));
      return [...come, ...go].map(complaint);
    },
  };
}
