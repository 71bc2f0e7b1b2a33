/** How the dialling of an uplink stands, for those who ask why it is not there. Pure. */

import type { UplinkState } from "../plan/uplink-state.ts";
import { lineOf } from "./line.ts";
import type { KeptDial } from "./redialler.ts";

export interface DialStanding {
  /** A dial runs. */
  readonly running: boolean;
  /** Dials since the line last settled. */
  readonly dials: number;
  /** Milliseconds until there may be another; null: one runs, somebody else dials, or it was switched off by hand. */
  readonly next: number | null;
}

/**
 * @param kept what `waymark watch` keeps of it
 * @param now of the same clock (redialler.ts)
 * @returns null: it is not dialled, or has its line
 */
export function dialStanding(
  uplink: UplinkState,
  kept: KeptDial | undefined,
  now: number,
): DialStanding | null {
  if (uplink.uplink.redial === null || kept === undefined || lineOf(uplink) === "alive") return null;
  const { record, process } = kept;
  const waits = process === null && uplink.state !== "disabled" && record.notBefore > now;
  return {
    running: process !== null,
    dials: record.dials,
    next: waits ? record.notBefore - now : null,
  };
}
