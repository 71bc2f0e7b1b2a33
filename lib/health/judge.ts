/** What the results of a line's targets amount to at one moment, and the words for it. Pure. */

import type { Check } from "../config/types.ts";
import { degradedLevel, downLevel, exceeded, measure, recovered } from "./levels.ts";
import { atQuorum, isDead, lifeOf } from "./life.ts";
import { answers, isProbed, successes, type TargetRecord } from "./target.ts";

export interface Judgement {
  /** Nobody answers any more. */
  readonly dead: boolean;
  /** Why the check does not run for as many targets as the quorum wants; null: it runs. */
  readonly notRun: string | null;
  /** What exceeds the level of `down_loss` and `down_latency`; null: nothing. */
  readonly bad: string | null;
  /** Both are well below that level. */
  readonly notBad: boolean;
  /** What exceeds the level of `max_loss` and `max_latency`; null: nothing. */
  readonly poor: string | null;
  readonly notPoor: boolean;
  /** Answers in time in a row, up to now. */
  readonly successes: number;
  /** Answers in a row, late ones too, up to the newest. */
  readonly answers: number;
  /** The last sign of life; null: never yet. */
  readonly life: number | null;
}

/**
 * @param began when this session of the line began
 * @param busyAt when it was last seen to carry traffic; null: never
 */
export function judge(
  targets: readonly TargetRecord[],
  check: Check,
  began: number,
  busyAt: number | null,
  now: number,
): Judgement {
  const probed = targets.filter((target) => isProbed(target, check, now));
  const measured = measure(probed, check);
  const most = (values: readonly number[]) => atQuorum(values, check, (left, right) => right - left) ?? 0;
  return {
    dead: isDead(targets, check, began, busyAt, now),
    notRun: probed.length < check.quorum ? whyNotRun(targets, check, now) : null,
    bad: exceeded(measured, downLevel(check)),
    notBad: recovered(measured, downLevel(check)),
    poor: exceeded(measured, degradedLevel(check)),
    notPoor: recovered(measured, degradedLevel(check)),
    successes: most(probed.map((target) => successes(target, check))),
    answers: most(probed.map(answers)),
    life: lifeOf(targets, check),
  };
}

function whyNotRun(targets: readonly TargetRecord[], check: Check, now: number): string {
  const missing = targets.filter((target) => !isProbed(target, check, now));
  const why = missing.find(({ notRunWhy }) => notRunWhy !== null)?.notRunWhy;
  if (why !== undefined) return `the check cannot run: ${why}`;
  return `the check has told nothing for ${seconds(now - Math.max(...missing.map(({ ranAt }) => ranAt)))}`;
}

/** What is wrong with a line that is dead. */
export function silenceOf(
  targets: readonly TargetRecord[],
  check: Check,
  began: number,
  now: number,
): string {
  const life = lifeOf(targets, check);
  const silent = targets.filter(({ heardAt }) => heardAt === null || life === null || heardAt <= life);
  const wrong = silent.find(({ why }) => why !== null);
  if (wrong !== undefined) return `${wrong.name}: ${wrong.why}`;
  const names = silent.map(({ name }) => name);
  return `no answer from ${names.join(", ")} for ${seconds(now - Math.max(life ?? began, began))}`;
}

/** `3 s`, `0.6 s` */
export function seconds(milliseconds: number): string {
  const tenths = Math.round(milliseconds / 100) / 10;
  return `${tenths < 10 ? tenths : Math.round(tenths)} s`;
}
