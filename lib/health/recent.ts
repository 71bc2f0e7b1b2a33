/** The newest round trips of a line, one for each interval: what a sparkline shows. Pure. */

import type { ProbeResult } from "./probe-result.ts";

/** The quickest answer of one interval; null: none. */
export interface Slot {
  readonly number: number;
  readonly rtt: number | null;
}

const MOST_SLOTS = 60;

/** The slots with one more result; extra probes and those that could not be made are no measurement. */
export function withResult(slots: readonly Slot[], result: ProbeResult, number: number): readonly Slot[] {
  if (result.outcome === "cannot-run" || result.extra === true) return slots;
  const newest = slots.at(-1);
  const found = newest?.number === number ? newest : slots.find((slot) => slot.number === number);
  const rtt = result.outcome === "lost" ? null : result.rtt;
  const best = quickest(found?.rtt ?? null, rtt);
  if (found !== undefined && found.rtt === best) return slots;
  const earlier = slots.filter((slot) => slot.number < number);
  const later = slots.filter((slot) => slot.number > number);
  return [...earlier, { number, rtt: best }, ...later].slice(-MOST_SLOTS);
}

function quickest(left: number | null, right: number | null): number | null {
  return left === null ? right : right === null ? left : Math.min(left, right);
}

/** The slots before number 0 that what was shown earlier fills. */
export function slotsFrom(recent: readonly (number | null)[]): readonly Slot[] {
  return recent.slice(-MOST_SLOTS).map((rtt, place, all) => ({ number: place - all.length, rtt }));
}
