/** The moment that `--since` names. Pure. */

import type { Zone } from "../terminal/clock.ts";

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const DAY_MS = 86_400_000;

/** What can be written, for error messages. */
export const SINCE_FORMS =
  '"10m", "2h", "3d", "today", "yesterday", "14:30", "2026-11-21" or "2026-11-21 14:30"';

/**
 * @param text as `SINCE_FORMS` says, in the machine's own time
 * @param now milliseconds since 1970
 * @returns milliseconds since 1970; null: not understood
 */
export function parseSince(text: string, now: number, zone: Zone): number | null {
  const ago = /^(\d{1,6})\s*([smhd])$/.exec(text);
  if (ago !== null) return now - Number(ago[1]) * (UNIT_MS[ago[2] ?? ""] ?? 0);
  const today = startOfDay(now, zone);
  if (text === "today") return today;
  if (text === "yesterday") return startOfDay(today - DAY_MS / 2, zone);
  const written = /^(?:(\d{4}-\d\d-\d\d)(?:[T ](?=\d)|$))?(?:(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(text);
  if (written === null || text === "") return null;
  const [, date, hours = "00", minutes = "00", seconds = "00"] = written;
  const day = date ?? dayText(now, zone);
  const at = Date.parse(`${day}T${hours}:${minutes}:${seconds}Z`);
  // "2026-02-30" is taken for the second of March.
  return Number.isNaN(at) || !new Date(at).toISOString().startsWith(day) ? null : fromLocal(at, zone);
}

function dayText(at: number, zone: Zone): string {
  return new Date(at + zone(at) * 60_000).toISOString().slice(0, 10);
}

function startOfDay(at: number, zone: Zone): number {
  return fromLocal(Date.parse(`${dayText(at, zone)}T00:00:00Z`), zone);
}

/** The moment at which the place's clock shows what UTC's shows at `at`. */
function fromLocal(at: number, zone: Zone): number {
  const guess = at - zone(at) * 60_000;
  return at - zone(guess) * 60_000;
}
