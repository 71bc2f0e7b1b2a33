/**
 * Somebody who keeps taking away what is ours: a few times it is put back at once, then ever more slowly, and it is said
 * once. Pure; times are milliseconds of a clock that never goes back.
 */

/** So many repairs within so long are no fight yet. */
const PEACE = { repairs: 5, within: 10_000 } as const;
/** Between two repairs in a fight: doubled with each. */
const PAUSE = { first: 1000, longest: 30_000 } as const;
/** A fight is over when nothing was to be repaired for this long, or twice the pause if that is longer. */
const OVER = 30_000;

export interface Fight {
  /** When the latest repairs were, oldest first; as many as count. */
  readonly repairs: readonly number[];
  /** null: there is no fight. */
  readonly pause: number | null;
}

export const NO_FIGHT: Fight = { repairs: [], pause: null };

/** What there is to say: once when a fight begins, and once when it is over. */
export type FightNews = "begun" | "over" | null;

/** One more repair. */
export function repaired(fight: Fight, now: number): { fight: Fight; news: FightNews } {
  const { fight: before, news } = calmed(fight, now);
  const repairs = [...before.repairs, now].slice(-(PEACE.repairs + 1));
  if (before.pause !== null) {
    return { fight: { repairs, pause: Math.min(before.pause * 2, PAUSE.longest) }, news };
  }
  const recent = repairs.filter((at) => at > now - PEACE.within);
  if (recent.length <= PEACE.repairs) return { fight: { repairs, pause: null }, news };
  // Over and begun again at once is not worth two words.
  return { fight: { repairs, pause: PAUSE.first }, news: news === "over" ? null : "begun" };
}

/** A look found nothing to repair, or time passed. */
export function calmed(fight: Fight, now: number): { fight: Fight; news: FightNews } {
  const end = overAt(fight);
  return end !== null && now >= end ? { fight: NO_FIGHT, news: "over" } : { fight, news: null };
}

/** When the fight will be over if nothing more is to be repaired; null: there is none. */
export function overAt({ repairs, pause }: Fight): number | null {
  return pause === null ? null : (repairs.at(-1) ?? 0) + Math.max(OVER, 2 * pause);
}

/** From when on a repair may be made; null: at any time. */
export function repairFrom({ repairs, pause }: Fight): number | null {
  return pause === null ? null : (repairs.at(-1) ?? 0) + pause;
}
