/** One table of the configuration against what it may hold. */

import * as v from "valibot";
import { type Findings, placeOf } from "./findings.ts";
import type { Path } from "./positions.ts";
import { quoted, shown } from "./show.ts";
import { nearest } from "./suggest.ts";

export type Table = Readonly<Record<string, unknown>>;

/** Whether a value of the parsed text is a table. */
export function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** What a table may hold: every key optional, and the keys that Waymark will know but does not yet. */
export interface Shape<Entries extends v.ObjectEntries> {
  readonly entries: Entries;
  readonly later: readonly string[];
}

/**
 * Reads a table, reporting unknown keys and wrong values.
 * @returns what it says, without the keys that are wrong: they are reported, and the others can still be judged; null
 * if it is no table.
 */
export function readTable<const Entries extends v.ObjectEntries>(
  findings: Findings,
  path: Path,
  table: unknown,
  shape: Shape<Entries>,
): v.InferOutput<v.ObjectSchema<Entries, undefined>> | null {
  if (!isTable(table)) {
    findings.value(path, `found ${shown(table)}, expected a table`);
    return null;
  }
  reportStrangeKeys(findings, path, table, Object.keys(shape.entries), shape.later);
  const schema = v.object(shape.entries);
  const result = v.safeParse(schema, table, { abortPipeEarly: true });
  if (result.success) return result.output;
  const wrong = new Set<unknown>();
  for (const issue of result.issues) {
    const below = (issue.path ?? []).map((item) => item.key as string | number);
    findings.value([...path, ...below], issue.message);
    wrong.add(below[0]);
  }
  const right = Object.fromEntries(Object.entries(table).filter(([key]) => !wrong.has(key)));
  const again = v.safeParse(schema, right, { abortPipeEarly: true });
  return again.success ? again.output : null;
}

/** Reports each key that is not known, with what was probably meant, and each that is refused by name. */
export function reportStrangeKeys(
  findings: Findings,
  path: Path,
  table: Table,
  known: readonly string[],
  later: readonly string[],
): void {
  for (const key of Object.keys(table).filter((name) => !known.includes(name))) {
    const place = [...path, key];
    if (later.includes(key)) {
      findings.key(
        place,
        `${refusedName(path, key, table[key])} is not available in this version of Waymark; remove it`,
      );
    } else {
      const meant = nearest(key, [...known, ...later]);
      const hint = meant === null ? `expected one of ${known.join(", ")}` : `did you mean "${meant}"?`;
      findings.key(
        place,
        `${path.length === 0 ? "" : `${placeOf(path)}: `}unknown key ${quoted(key)}; ${hint}`,
      );
    }
  }
}

/** `[uplink.adsl.check]` for a table, `[uplink.gsm] redial` for a key. */
function refusedName(path: Path, key: string, value: unknown): string {
  if (path.length === 0) return `[${key}]`;
  const place = placeOf(path);
  return isTable(value) && path[0] === "uplink" ? `${place.slice(0, -1)}.${key}]` : `${place} ${key}`;
}
