/** The health of an uplink from that of its address families. Pure. */

import type { Family } from "../net/prefix.ts";
import type { FamilyHealth, UplinkHealth, Verdict } from "./health.ts";

/** Best first; what is known decides before what is not. */
export const ORDER: readonly Verdict[] = ["up", "degraded", "checking", "down", "unknown"];

type Families = Readonly<Partial<Record<Family, FamilyHealth>>>;

/**
 * The better family decides; the other's trouble is told in the reason.
 * @param families at least one
 * @param before what was said last, so that `since` stays while the verdict does; null: nothing
 */
export function combine(families: Families, before: UplinkHealth | null): UplinkHealth {
  const known = ([4, 6] as const).flatMap((family) => {
    const health = families[family];
    return health === undefined ? [] : [{ family, health }];
  });
  const sorted = known.sort((left, right) => order(left.health) - order(right.health));
  const verdict = sorted[0]?.health.verdict ?? "unknown";
  const newest = Math.max(0, ...known.map(({ health }) => health.since));
  return {
    verdict,
    reason: reasonOf(sorted),
    // The family that changed last made it what it is.
    since: before?.verdict === verdict ? before.since : newest,
    families,
  };
}

const order = ({ verdict }: FamilyHealth): number => ORDER.indexOf(verdict);

function reasonOf(sorted: readonly { family: Family; health: FamilyHealth }[]): string {
  const [first, second] = sorted;
  if (first === undefined) return "";
  if (second === undefined || second.health.reason === first.health.reason) return first.health.reason;
  return sorted
    .filter(({ health }) => health.reason !== "")
    .map(({ family, health }) => {
      const differs = health.verdict !== first.health.verdict;
      return `IPv${family}${differs ? ` ${health.verdict}` : ""}: ${health.reason}`;
    })
    .join("; ");
}
