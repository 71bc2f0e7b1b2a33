/** Whether anybody answers: silence, how much it proves, and whether the check itself runs. Pure. */

import type { Check } from "../config/types.ts";
import { latencyOf, type TargetRecord, weight } from "./target.ts";

/** However much traffic there is: it may be one way only. */
const MOST_PATIENCE = 3;

/** The `quorum`-th best of some values, best first by `order`; undefined: there are fewer. */
export function atQuorum<T>(
  values: readonly T[],
  check: Check,
  order: (left: T, right: T) => number,
): T | undefined {
  return [...values].sort(order)[check.quorum - 1];
}

/** When as many targets as the quorum wants had answered, each by its newest answer; null: never yet. */
export function lifeOf(targets: readonly TargetRecord[], check: Check): number | null {
  const heard = targets.flatMap(({ heardAt }) => heardAt ?? []);
  return atQuorum(heard, check, (left, right) => right - left) ?? null;
}

/** How many failures in a row the lost probes since then amount to: see `weight`. */
export function failures(targets: readonly TargetRecord[], check: Check): number {
  const life = lifeOf(targets, check) ?? Number.NEGATIVE_INFINITY;
  const counted = targets.map((target) => {
    const lost = target.lost.filter((sentAt) => sentAt > life).length;
    return lost === 0 ? 0 : lost * weight(target, check, life);
  });
  // A sum of thirds may fall short of a whole number by the last bit.
  return counted.reduce((sum, value) => sum + value, 0) + 1e-9;
}

/**
 * From when on enough failures also are silence for long enough: `down_after` intervals; on a line whose answers are
 * usually late (a queue of seconds before it) so much later. A line that worked and goes on carrying traffic is given an
 * interval more and more, up to three times all that; not where something else than silence was the answer.
 * @param busyAt when it was last seen to carry traffic (traffic.ts); null: never
 */
export function silentFrom(
  targets: readonly TargetRecord[],
  check: Check,
  began: number,
  busyAt: number | null,
): number {
  const usual = atQuorum(
    targets.flatMap((target) => latencyOf(target, check) ?? []),
    check,
    (left, right) => left - right,
  );
  const late = usual !== undefined && usual > check.timeout ? usual : 0;
  const life = lifeOf(targets, check);
  const needed = check.downAfter * check.interval + late;
  const from = Math.max(life ?? began, began);
  const isOnlySilent = targets.every(({ why }) => why === null);
  if (life === null || busyAt === null || !isOnlySilent) return from + needed;
  return Math.max(from + needed, Math.min(busyAt + check.interval, from + MOST_PATIENCE * needed));
}

/** Nobody answers any more: enough probes were lost since the last sign of life, and it is long enough ago. */
export function isDead(
  targets: readonly TargetRecord[],
  check: Check,
  began: number,
  busyAt: number | null,
  now: number,
): boolean {
  return failures(targets, check) >= check.downAfter && now >= silentFrom(targets, check, began, busyAt);
}
