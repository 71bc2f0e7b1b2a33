/** How long to wait before a program that ended is started again. Pure; milliseconds. */

export interface BackOff {
  readonly first: number;
  readonly longest: number;
  /** Who ran this long has a fresh start. */
  readonly settled: number;
}

/**
 * The wait behind an end: doubled each time.
 * @param before the wait before the start; 0: it was the first
 * @param lived how long the program ran
 */
export function nextWait(before: number, lived: number, { first, longest, settled }: BackOff): number {
  return before === 0 || lived >= settled ? first : Math.min(before * 2, longest);
}
