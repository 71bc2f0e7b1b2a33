/** One line of a file that a syslog daemon writes. Pure. */

import type { Zone } from "../terminal/clock.ts";
import { type EventRecord, eventRecord } from "./record.ts";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const RFC3339 = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)`;
const RFC3164 = String.raw`[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d`;
const LINE = new RegExp(
  String.raw`^(${RFC3339}|${RFC3164}) (?:\S+ )?(?:\S+\.\S+ )?waymark(?:\[\d+\])?: (.*)$`,
  "s",
);

/**
 * A line of Waymark's: `2026-11-21T11:57:28.1+01:00 host waymark[7]: …` or `Nov 21 11:57:28 host waymark[7]: …`
 * @param now milliseconds since 1970: the old form names no year
 * @returns null for any other line
 */
export function parseSyslogLine(line: string, now: number, zone: Zone): EventRecord | null {
  const found = LINE.exec(line);
  if (found === null) return null;
  const [, time = "", text = ""] = found;
  const at = /^\d/.test(time) ? Date.parse(time) : withoutYear(time, now, zone);
  return Number.isNaN(at) ? null : eventRecord(at, null, text);
}

/** The last such moment that is not ahead; a day's grace for a clock that was put right. */
function withoutYear(time: string, now: number, zone: Zone): number {
  const month = MONTHS.indexOf(time.slice(0, 3));
  const [day = 0, hours = 0, minutes = 0, seconds = 0] = time.slice(4).trim().split(/[ :]+/).map(Number);
  if (month < 0) return Number.NaN;
  const year = new Date(now).getUTCFullYear();
  const inYear = (which: number) => {
    const local = Date.UTC(which, month, day, hours, minutes, seconds);
    return local - zone(local) * 60_000;
  };
  const at = inYear(year + 1);
  const candidates = [at, inYear(year), inYear(year - 1)];
  return candidates.find((candidate) => candidate <= now + 86_400_000) ?? Number.NaN;
}
