/** Looks whether the kernel took what it was given, in the same process that gave it. */

import { parseRoutes, type Route, routeSlot, routeText } from "../kernel/route.ts";

/** The IPv4 tables that lines for `ip -batch` change. */
export function touchedTables(lines: readonly string[]): number[] {
  const tables = lines.flatMap((line) => {
    const table = /^route \S+ .*\btable (\d+)/.exec(line)?.[1];
    return table === undefined ? [] : [Number(table)];
  });
  return [...new Set(tables)];
}

/** Lines that make `ip -batch` show those tables again. */
export function showTables(tables: readonly number[]): string[] {
  return tables.map((table) => `route show table ${table}`);
}

/**
 * The IPv4 routes of those tables that are wanted and not there.
 * @param stdout of the batch: one JSON array for each table, in their order
 */
export function missingRoutes(wanted: readonly Route[], tables: readonly number[], stdout: string): Route[] {
  const lines = stdout
    .replace(/^\[(?=\[)/gm, "[]\n")
    .split("\n")
    .filter((line) => line.startsWith("["));
  const seen = new Map<string, string>();
  for (const [place, table] of tables.entries()) {
    const line = lines[place] ?? "[]";
    const routes = line.trim() === "[" ? [] : parseRoutes(JSON.parse(line), table, 4);
    for (const route of routes) seen.set(routeSlot(route), routeText(route));
  }
  return wanted.filter(
    (route) =>
      route.family === 4 && tables.includes(route.table) && seen.get(routeSlot(route)) !== routeText(route),
  );
}
