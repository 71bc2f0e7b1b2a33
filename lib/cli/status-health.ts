/** What the health checks add to the status of an uplink. Pure. */

import { ORDER } from "../health/combine.ts";
import type { FamilyHealth, UplinkHealth, Verdict } from "../health/health.ts";
import type { Family } from "../net/prefix.ts";

/** One address family's checks, as `status --json` shows them. */
export interface FamilyCheck {
  readonly family: Family;
  readonly health: Verdict;
  /** Why it is not "up"; empty otherwise. */
  readonly reason: string;
  /** ISO 8601: when the verdict became this. */
  readonly since: string;
  /** Share of probes without an answer, 0 to 1; null: none were sent. */
  readonly loss: number | null;
  /** Median round trip in milliseconds; null: no answer. */
  readonly latency: number | null;
}

export interface HealthStatus {
  readonly health: Verdict | null;
  readonly loss: number | null;
  readonly latency: number | null;
  /** Empty: not checked. */
  readonly checks: readonly FamilyCheck[];
}

/** The families that are checked: first the one that decides, which is the better, or IPv4. */
export function familiesOf(health: UplinkHealth | undefined): readonly [Family, FamilyHealth][] {
  const known = ([4, 6] as const).flatMap((family): [Family, FamilyHealth][] => {
    const found = health?.families[family];
    return found === undefined ? [] : [[family, found]];
  });
  return known.sort(([, left], [, right]) => ORDER.indexOf(left.verdict) - ORDER.indexOf(right.verdict));
}

/** @param health undefined: this uplink is not checked, or nobody checks */
export function healthStatus(health: UplinkHealth | undefined): HealthStatus {
  const checks = familiesOf(health).map(([family, { verdict, reason, since, loss, latency }]) => ({
    family,
    health: verdict,
    reason,
    since: new Date(since).toISOString(),
    loss,
    latency,
  }));
  return {
    health: health?.verdict ?? null,
    loss: checks[0]?.loss ?? null,
    latency: checks[0]?.latency ?? null,
    checks,
  };
}
