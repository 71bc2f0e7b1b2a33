/**
 * How long a verdict lasts before it may become better, and how long a line that fails often is watched before it is
 * trusted again. All of it is measured in the time that `up_after` probes take (5 s at the defaults). Pure.
 */

import type { Check } from "../config/types.ts";

/** How often the line fell, of late. */
export interface Penalty {
  /** One for each fall, halved with time; at most MOST_POINTS. */
  readonly points: number;
  /** When that many. */
  readonly at: number;
}

export const NO_PENALTY: Penalty = { points: 0, at: 0 };

const MOST_LEVEL = 6;
const MOST_POINTS = MOST_LEVEL + 1;
/** In times of `up_after` probes. */
const DWELL = 2;
const HALF_LIFE = 128;

const unit = (check: Check): number => check.upAfter * check.interval;

/** No verdict becomes better sooner than this after one became worse, milliseconds: 10 s at the defaults. */
export function dwell(check: Check): number {
  return DWELL * unit(check);
}

/** The longest that a line has to prove itself, milliseconds: 320 s at the defaults. */
export function longestProbation(check: Check): number {
  return 2 ** MOST_LEVEL * unit(check);
}

/** With one more fall. */
export function fallen(penalty: Penalty, check: Check, now: number): Penalty {
  return { points: Math.min(MOST_POINTS, decayed(penalty, check, now) + 1), at: now };
}

/**
 * How long a line has to be well before it is trusted again, milliseconds: nothing beyond `up_after` successes for the
 * first fall; then twice the time of `up_after` probes, four times, eight times, up to 64 times.
 */
export function probation(penalty: Penalty, check: Check, now: number): number {
  const level = Math.round(decayed(penalty, check, now) - 1);
  return level <= 0 ? 0 : 2 ** Math.min(MOST_LEVEL, level) * unit(check);
}

function decayed(penalty: Penalty, check: Check, now: number): number {
  return penalty.points * 2 ** (-Math.max(0, now - penalty.at) / (HALF_LIFE * unit(check)));
}
