/** What redialling adds to the status of an uplink that is not there. */

import type { UplinkState } from "../plan/uplink-state.ts";
import { keptDials, lastWords, monotonic } from "../redial/machine.ts";
import { dialStanding } from "../redial/standing.ts";

/** As `status --json` shows it. */
export interface RedialStatus {
  /** A dial runs. */
  readonly running: boolean;
  /** Dials since the line last held. */
  readonly dials: number;
  /** ISO 8601, to the second: when there may be another; null: see `DialStanding`. */
  readonly next: string | null;
  /** The last line that a dial command said; empty if nothing. */
  readonly said: string;
}

/**
 * Asks what `waymark watch` keeps.
 * @param running whether it runs: else nobody dials
 * @returns null for what is not dialled or has its line, and for whoever may not read it
 */
export function redialStatus(running: boolean): (uplink: UplinkState) => RedialStatus | null {
  const kept = running ? readable() : {};
  const [now, today] = [monotonic(), Date.now()];
  return (uplink) => {
    const { name } = uplink.uplink;
    const standing = dialStanding(uplink, kept[name], now);
    if (standing === null) return null;
    const { next } = standing;
    return {
      ...standing,
      next: next === null ? null : toTheSecond(today + next),
      said: standing.dials === 0 ? "" : lastWords(name),
    };
  };
}

/** It is root's. */
function readable(): ReturnType<typeof keptDials> {
  try {
    return keptDials();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EACCES") return {};
    throw error;
  }
}

const SECOND = 1000;

const toTheSecond = (at: number) => new Date(Math.round(at / SECOND) * SECOND).toISOString();
