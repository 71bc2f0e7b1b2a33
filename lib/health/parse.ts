/** Reads the text of `/run/waymark/health.json`; whatever is not as it should be is left out. Pure. */

import type { Family } from "../net/prefix.ts";
import type { FamilyHealth, HealthFile, UplinkHealth, Verdict } from "./health.ts";

const VERDICTS: readonly unknown[] = ["up", "checking", "degraded", "down", "unknown"] satisfies Verdict[];
const MOST_RECENT = 60;

/**
 * What the text says. An uplink or a family that makes no sense is left out, as if it were not checked; a number that
 * makes no sense is null.
 * @returns null when the text is no such file
 */
export function parseHealth(text: string): HealthFile | null {
  const file = objectOf(jsonOf(text));
  const { pid, startTime, written } = file ?? {};
  if (typeof pid !== "number" || !Number.isSafeInteger(pid) || pid < 1) return null;
  if (typeof startTime !== "string" || !isTime(written)) return null;
  return { pid, startTime, written, uplinks: entriesOf(file?.uplinks, parseUplink) };
}

/** Field 22 of the text of /proc/PID/stat (proc(5)): the name in field 2 may hold spaces and brackets. */
export function startTimeOf(stat: string): string | null {
  const behindName = stat.slice(stat.lastIndexOf(")") + 1).trim();
  return behindName.split(" ")[19] ?? null;
}

function parseUplink(value: unknown): UplinkHealth | null {
  const found = objectOf(value);
  const base = baseOf(found);
  if (found === null || base === null) return null;
  const families = entriesOf(found.families, parseFamily);
  const known = ([4, 6] as const).flatMap((family): [Family, FamilyHealth][] => {
    const health = families[family];
    return health === undefined ? [] : [[family, health]];
  });
  return { ...base, families: Object.fromEntries(known) };
}

function parseFamily(value: unknown): FamilyHealth | null {
  const found = objectOf(value);
  const base = baseOf(found);
  if (found === null || base === null) return null;
  const { loss, latency, recent } = found;
  const trips = Array.isArray(recent) ? recent.slice(-MOST_RECENT) : [];
  return {
    ...base,
    loss: isTime(loss) && loss <= 1 ? loss : null,
    latency: isTime(latency) ? latency : null,
    recent: trips.map((trip: unknown) => (isTime(trip) ? trip : null)),
  };
}

/** What uplinks and families have alike. */
function baseOf(found: Record<string, unknown> | null) {
  const { verdict, reason, since } = found ?? {};
  if (!VERDICTS.includes(verdict) || typeof reason !== "string" || !isTime(since)) return null;
  return { verdict: verdict as Verdict, reason, since };
}

function entriesOf<T>(value: unknown, parse: (entry: unknown) => T | null): Record<string, T> {
  const parsed = Object.entries(objectOf(value) ?? {}).flatMap(([name, entry]): [string, T][] => {
    const known = parse(entry);
    return known === null ? [] : [[name, known]];
  });
  return Object.fromEntries(parsed);
}

/** A time or a duration: finite, and not before its beginning. */
function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

function objectOf(value: unknown): Record<string, unknown> | null {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
