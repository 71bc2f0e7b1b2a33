/** Round trips as a line of little bars. Pure. */

/** One step of the line. */
export interface Bar {
  readonly char: string;
  /** No answer came. */
  readonly lost: boolean;
}

export interface BarSet {
  /** From the lowest to the highest. */
  readonly levels: readonly string[];
  readonly lost: string;
}

export const BLOCKS: BarSet = { levels: [..."▁▂▃▄▅▆▇█"], lost: "×" };
/** For the Linux console, whose fonts have few of those. */
export const LETTERS: BarSet = { levels: [..."_.-=+*#"], lost: "x" };

/**
 * The newest round trips, as many as there is room for. A steady line stands half-way up; what takes four times the
 * usual, or more, reaches the top.
 * @param trips milliseconds, oldest first; null: no answer
 * @param width most bars
 */
export function sparkline(trips: readonly (number | null)[], width: number, set: BarSet): Bar[] {
  const shown = width <= 0 ? [] : trips.slice(-width);
  const answers = shown.filter((trip) => trip !== null).sort((left, right) => left - right);
  const median = answers[Math.floor(answers.length / 2)] ?? 0;
  const top = Math.min(Math.max(answers.at(-1) ?? 0, 2 * median), 4 * median);
  const steps = set.levels.length;
  return shown.map((trip) => {
    if (trip === null) return { char: set.lost, lost: true };
    const level = top === 0 ? 0 : Math.min(steps, Math.max(1, Math.ceil((trip / top) * steps))) - 1;
    return { char: set.levels[level] ?? "", lost: false };
  });
}
