/** What the health checks say of the uplinks: made by `waymark watch`, read by hooks and by `waymark status`. */

import type { Family } from "../net/prefix.ts";

/**
 * - `up`: answers come as they should
 * - `checking`: not yet known: the first answers are awaited, or a line that was down is on probation
 * - `degraded`: usable, but with more loss or latency than wanted: used if there is nothing better
 * - `down`: no usable answers
 * - `unknown`: the check itself cannot run; it says nothing about the line
 */
export type Verdict = "up" | "checking" | "degraded" | "down" | "unknown";

/** Reasons of a line of which nothing is known yet, neither good nor bad: it came anew, or the watch did. */
export const UNDECIDED = {
  firstAnswer: "waiting for the first answer",
  notAsked: "no answer to a health check yet",
} as const;

/** How an uplink does in one address family. */
export interface FamilyHealth {
  readonly verdict: Verdict;
  /** Why, in words; empty when all is well. */
  readonly reason: string;
  /** When the verdict became this, milliseconds since 1970. */
  readonly since: number;
  /** Share of probes without an answer over the window, 0 to 1; null: none were sent. */
  readonly loss: number | null;
  /** Median round trip over the window, milliseconds; null: no answer in it. */
  readonly latency: number | null;
  /** The newest round trips in milliseconds, oldest first, null for a lost one; at most 60. */
  readonly recent: readonly (number | null)[];
}

/** How an uplink does: the better of its families decides. */
export interface UplinkHealth {
  readonly verdict: Verdict;
  readonly reason: string;
  /** Milliseconds since 1970. */
  readonly since: number;
  readonly families: Readonly<Partial<Record<Family, FamilyHealth>>>;
}

/** `/run/waymark/health.json`. It counts only while the process that wrote it lives. */
export interface HealthFile {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat, so that another process with the same number is not taken for it. */
  readonly startTime: string;
  /** Milliseconds since 1970. */
  readonly written: number;
  /** By uplink name. */
  readonly uplinks: Readonly<Record<string, UplinkHealth>>;
}
