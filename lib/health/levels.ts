/** The two levels of loss and latency, each with room between exceeding it and being well below it. Pure. */

import type { Check } from "../config/types.ts";
import { atQuorum } from "./life.ts";
import { latencyOf, lossOf, lossOfWindow, type TargetRecord } from "./target.ts";

/** Below this part of a limit, what exceeded it has recovered. */
const RECOVERED = { loss: 0.5, latency: 0.9 } as const;

/** How the line measures: as well as the `quorum`-th best of its targets, so that one bad target is no bad line. */
export interface Measured {
  /** Lost probes per place in the window, 0 to 1. */
  readonly loss: number;
  /** Median, milliseconds; null: too few answers to say. */
  readonly latency: number | null;
}

export function measure(targets: readonly TargetRecord[], check: Check): Measured {
  const asked = targets.filter(({ probes }) => probes.length > 0);
  return {
    loss:
      atQuorum(
        asked.map((target) => lossOfWindow(target, check)),
        check,
        ascending,
      ) ?? 0,
    latency:
      atQuorum(
        asked.flatMap((target) => latencyOf(target, check) ?? []),
        check,
        ascending,
      ) ?? null,
  };
}

/** The same over what probes there are, to be shown. */
export function shownMeasures(
  targets: readonly TargetRecord[],
  check: Check,
): { loss: number | null; latency: number | null } {
  const best = (values: readonly number[]) =>
    atQuorum(values, check, ascending) ?? (values.length === 0 ? null : Math.max(...values));
  return {
    loss: best(targets.flatMap((target) => lossOf(target, check) ?? [])),
    latency: best(targets.flatMap((target) => latencyOf(target, check, 1) ?? [])),
  };
}

const ascending = (left: number, right: number): number => left - right;

/** A level: what may not be exceeded, with the words for it. */
interface Level {
  readonly loss: number | null;
  readonly latency: number | null;
  readonly lossName: string;
  readonly latencyName: string;
}

/** Above it a line is degraded. An answer that is later than `timeout` is too late in any case. */
export function degradedLevel(check: Check): Level {
  return {
    loss: check.maxLoss,
    latency: check.maxLatency ?? check.timeout,
    lossName: "max_loss",
    latencyName: check.maxLatency === null ? "timeout" : "max_latency",
  };
}

/** Above it a line is down though it answers; only where the file says so. */
export function downLevel(check: Check): Level {
  return {
    loss: check.downLoss,
    latency: check.downLatency,
    lossName: "down_loss",
    latencyName: "down_latency",
  };
}

/** What exceeds the level, in words; null: nothing. */
export function exceeded(measured: Measured, level: Level): string | null {
  if (level.loss !== null && measured.loss > level.loss) {
    return `loss ${percent(measured.loss)}, more than ${level.lossName} ${percent(level.loss)}`;
  }
  if (level.latency !== null && measured.latency !== null && measured.latency > level.latency) {
    return `latency ${Math.round(measured.latency)} ms, more than ${level.latencyName} ${level.latency} ms`;
  }
  return null;
}

/** Whether all is so far below the level that it counts as recovered. */
export function recovered(measured: Measured, level: Level): boolean {
  const loss = level.loss === null || measured.loss <= level.loss * RECOVERED.loss;
  const latency =
    level.latency === null ||
    measured.latency === null ||
    measured.latency <= level.latency * RECOVERED.latency;
  return loss && latency;
}

/** `12.5 %` */
function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}
