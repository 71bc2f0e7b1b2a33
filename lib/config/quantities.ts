/** Durations and shares as people write them: `"500ms"`, `"20%"`. */

import { mismatch, type Reading, read } from "./fields.ts";

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** A duration within bounds, both included, in milliseconds; its value is a whole number of them. */
export function duration(first: number, last: number) {
  const expected = `a duration from "${formatDuration(first)}" to "${formatDuration(last)}"`;
  return read<number>((input) => {
    const milliseconds = parseDuration(input);
    if (milliseconds !== null && milliseconds >= first && milliseconds <= last) {
      return { value: milliseconds };
    }
    return { wrong: `${mismatch(input, expected)}${unitMissing(input, "s")}` };
  });
}

/** `1500` from `"1500ms"`, `"1.5s"`; null if it is no duration. */
function parseDuration(input: unknown): number | null {
  const match = typeof input === "string" ? /^(\d{1,9}(?:\.\d{1,3})?) ?(ms|s|m|h)$/.exec(input) : null;
  if (match === null) return null;
  const milliseconds = Number(match[1]) * (UNITS[match[2] ?? ""] ?? Number.NaN);
  return Math.abs(milliseconds - Math.round(milliseconds)) < 1e-6 ? Math.round(milliseconds) : null;
}

/** The duration in the largest unit that divides it: `500ms`, `90s`, `1h`. */
export function formatDuration(milliseconds: number): string {
  const unit = ["h", "m", "s"].find((name) => milliseconds % (UNITS[name] ?? 1) === 0) ?? "ms";
  return `${milliseconds / (UNITS[unit] ?? 1)}${unit}`;
}

/** A share written in percent, 0 to 1. */
export const share = read<number>((input): Reading<number> => {
  const match = typeof input === "string" ? /^(\d{1,3}(?:\.\d{1,3})?) ?%$/.exec(input) : null;
  const percent = match === null ? Number.NaN : Number(match[1]);
  if (percent <= 100) return { value: percent / 100 };
  return { wrong: `${mismatch(input, 'a share from "0%" to "100%"')}${unitMissing(input, "%")}` };
});

/** The share as it is written: `20%`, `2.5%`. */
export function formatShare(value: number): string {
  return `${Math.round(value * 100_000) / 1000}%`;
}

/** `; did you mean "1s"?` for a number that only lacks its unit. */
function unitMissing(input: unknown, unit: string): string {
  const number = typeof input === "string" && /^\d{1,9}$/.test(input) ? Number(input) : input;
  const meant = typeof number === "number" && number > 0 && number <= (unit === "%" ? 100 : 3600);
  return meant ? `; did you mean "${number}${unit}"?` : "";
}
