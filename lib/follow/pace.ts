/**
 * When to look: wake-ups are gathered, looks are rationed, and who takes away what is ours again and again is repaired
 * ever more slowly. Pure: time is handed in, in milliseconds of a clock that never goes back.
 *
 *     pace = told(pace, cause, now);        // something happened
 *     nextAt(pace)                          // when to begin the next look; null: no need
 *     begun = begin(pace, now)              // a look begins: what it is for, and what counts as new from here on
 *     ended = end(pace, changes, now)       // it ended, having changed so much; perhaps there is something to say
 *
 * No wake-up is lost: behind each a look begins, at or after it. Looks never overlap, and are never more than the rate
 * allows. What is not ours alone (a carrier, an address, a hook's word) is never held up by a fight.
 */

import { type Allowance, allowedFrom, fullAllowance, type Rate, spent } from "./allowance.ts";
import { type Cause, isOursOnly } from "./cause.ts";
import { dueAt, firstOf, NOTHING_PENDING, type Pending, woken } from "./coalesce.ts";
import { calmed, type Fight, type FightNews, NO_FIGHT, overAt, repaired, repairFrom } from "./fight.ts";

/** A look costs some ten milliseconds of processor: under the fiercest storm it is a twentieth of one core. */
export const LOOKS: Rate = { burst: 20, every: 200 };

export interface Pace {
  readonly pending: Pending;
  readonly allowance: Allowance;
  readonly fight: Fight;
  /** What the look that runs is for; null: none runs. */
  readonly looking: ReadonlySet<Cause> | null;
}

export function newPace(now: number): Pace {
  return {
    pending: NOTHING_PENDING,
    allowance: fullAllowance(LOOKS, now),
    fight: NO_FIGHT,
    looking: null,
  };
}

/** Something happened. */
export function told(pace: Pace, cause: Cause, now: number): Pace {
  return { ...pace, pending: woken(pace.pending, cause, now) };
}

/** When the next look is to begin; null: nothing is pending, or a look runs. */
export function nextAt({ pending, allowance, fight, looking }: Pace): number | null {
  const due = dueAt(pending);
  if (due === null || looking !== null) return null;
  const held = isOursOnly(pending.keys()) ? (repairFrom(fight) ?? due) : due;
  return Math.max(due, allowedFrom(allowance, LOOKS), held);
}

/** When a fight may have ended without anything happening; null: there is none. */
export function calmAt({ fight }: Pace): number | null {
  return overAt(fight);
}

export interface Begun {
  readonly pace: Pace;
  readonly causes: ReadonlySet<Cause>;
  /** When the first wake-up came. */
  readonly since: number;
}

/** A look begins. */
export function begin(pace: Pace, now: number): Begun {
  const causes = new Set(pace.pending.keys());
  const allowance = spent(pace.allowance, LOOKS, now);
  return {
    pace: { ...pace, pending: NOTHING_PENDING, allowance, looking: causes },
    causes,
    since: firstOf(pace.pending) ?? now,
  };
}

export interface Ended {
  readonly pace: Pace;
  readonly news: FightNews;
}

/**
 * A look ended. It was a repair if it had to change something though nothing but what is ours had changed.
 * @param changes how many changes it made
 */
export function end(pace: Pace, changes: number, now: number): Ended {
  const repair = changes > 0 && pace.looking !== null && isOursOnly(pace.looking);
  const { fight, news } = repair ? repaired(pace.fight, now) : calmed(pace.fight, now);
  return { pace: { ...pace, fight, looking: null }, news };
}

/** Time passed. */
export function passed(pace: Pace, now: number): Ended {
  const { fight, news } = calmed(pace.fight, now);
  return { pace: { ...pace, fight }, news };
}
