/** Many wake-ups in a short time are one. Pure; times are milliseconds of a clock that never goes back. */

import { type Cause, DELAYS } from "./cause.ts";

interface Span {
  readonly first: number;
  readonly last: number;
}

/** The wake-ups since the last look, by cause; none: nothing is pending. */
export type Pending = ReadonlyMap<Cause, Span>;

export const NOTHING_PENDING: Pending = new Map();

/** With one more wake-up. */
export function woken(pending: Pending, cause: Cause, now: number): Pending {
  return new Map(pending).set(cause, { first: pending.get(cause)?.first ?? now, last: now });
}

/** When the look is due that the wake-ups ask for; null: they ask for none. */
export function dueAt(pending: Pending): number | null {
  const times = [...pending].map(([cause, { first, last }]) => {
    const { quiet, longest } = DELAYS[cause];
    return Math.min(last + quiet, first + longest);
  });
  return times.length === 0 ? null : Math.min(...times);
}

/** When the first of them came. */
export function firstOf(pending: Pending): number | null {
  return pending.size === 0 ? null : Math.min(...[...pending.values()].map(({ first }) => first));
}
