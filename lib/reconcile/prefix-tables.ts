/** Tables that are filled from files: up to 100,000 prefixes, so they are looked at only when something says so. */

import { parseRoutes, type Route } from "../kernel/route.ts";
import { isOurs, routeChanges } from "../plan/changes.ts";
import type { Desired } from "../plan/desired.ts";
import { fingerprint } from "../plan/fingerprint.ts";
import { type PrefixTable, prefixRoutes } from "../plan/routes.ts";
import type { State } from "../state/record.ts";
import { runBatch } from "./batch.ts";
import type { Order, World } from "./world.ts";

/** What the routes of a table follow from. */
function printOf(table: PrefixTable, order: Order, desired: Desired): string {
  const devices = desired.uplinks.map((uplink) => [uplink.link?.name, uplink.link?.index]);
  return fingerprint(JSON.stringify([table.templates, order.prefixFiles[table.file], devices]));
}

/**
 * Numbers of the tables that have to be looked at: made from something else than now, or with a device whose routes
 * the kernel has just taken away, which shows in the uplink's own table (it takes them from all tables at once).
 */
export function stalePrefixTables(
  order: Order,
  desired: Desired,
  state: State,
  lines: readonly string[],
  thorough: boolean,
): number[] {
  const lost = new Set(
    desired.uplinks
      .filter(({ table }) =>
        lines.some((line) => line.startsWith("route replace ") && line.includes(` table ${table} `)),
      )
      .map(({ uplink }) => uplink.name),
  );
  return desired.prefixTables
    .filter(
      (table) =>
        thorough ||
        state.prefixTables[table.table] !== printOf(table, order, desired) ||
        table.rule.via.some((name) => lost.has(name)),
    )
    .map(({ table }) => table);
}

export interface FillStep {
  readonly record: Readonly<Record<string, string>>;
  readonly changes: readonly string[];
  readonly errors: readonly string[];
}

/** Brings those tables to what their files say, prefix by prefix, and removes tables that are no more. */
export async function fillPrefixTables(
  world: World,
  order: Order,
  desired: Desired,
  state: State,
  stale: readonly number[],
): Promise<FillStep> {
  const record: Record<string, string> = {};
  const changes: string[] = [];
  const errors: string[] = [];
  for (const table of desired.prefixTables) {
    const known = state.prefixTables[table.table];
    if (!stale.includes(table.table) && known !== undefined) {
      record[table.table] = known;
      continue;
    }
    const wanted = prefixRoutes(table, world.readPrefixes(table.file));
    const { come, go } = routeChanges(wanted, await routesIn(world, table.table));
    const done = await runBatch(world.run, [...come, ...go]);
    if (come.length + go.length > 0)
      changes.push(`ip route … table ${table.table}: ${come.length} set, ${go.length} removed`);
    errors.push(...done.errors.slice(0, 3));
    if (done.errors.length === 0) record[table.table] = printOf(table, order, desired);
  }
  return { record, changes, errors };
}

/** Waymark's routes in one table, both families. */
async function routesIn(world: World, table: number): Promise<Route[]> {
  const families = await Promise.all(
    ([4, 6] as const).map(async (family) => {
      const result = await world.run({
        file: "ip",
        args: [`-${family}`, "-N", "-j", "route", "show", "table", String(table)],
      });
      // A table that never had a route is an error to some versions, with half a list.
      const text = result.stdout.trim();
      return parseRoutes(text.endsWith("]") ? JSON.parse(text) : [], table, family);
    }),
  );
  return families.flat().filter(isOurs);
}
