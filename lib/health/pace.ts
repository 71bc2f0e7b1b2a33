/**
 * When probes go out. In peace each target is asked every `interval`, one behind the other. As soon as an answer is
 * overdue they go out four times as often, so that a line that has died is known to be dead when `down_after` intervals
 * are over, and one that only lost a packet has many chances to show that it lives. Pure; times are milliseconds.
 */

import type { Check } from "../config/types.ts";
import { shownMeasures } from "./levels.ts";
import type { Health } from "./machine.ts";

/** Nothing is overdue sooner than this. */
const SOONEST = 100;
const SHORTEST = 50;

/** When, in each interval, the target at this place of a family's `count` targets is asked. */
export function offset(check: Check, place: number, count: number): number {
  return (check.interval * place) / count;
}

/**
 * How long after a probe was sent its answer is overdue: four times what is usual, at most half the timeout. If nobody
 * at all was heard by then since it was sent, extra probes go out.
 */
export function overdueAfter(health: Health): number {
  const { check, targets } = health;
  const { latency } = shownMeasures(targets, check);
  const latest = check.timeout / 2;
  return latency === null ? latest : Math.min(latest, Math.max(SOONEST, 4 * latency));
}

/** The time between two extra probes: until somebody answers, or the line is down. */
export function hurriedInterval(check: Check): number {
  return Math.min(check.interval, Math.max(SHORTEST, check.interval / 4));
}
