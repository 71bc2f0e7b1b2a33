/**
 * Whether so much comes in by a line, between probes that nobody answers, that it must be full instead of dead. Pure.
 *
 * A modem whose queue is full drops what arrives. Senders that fill it put a new packet into each place as it becomes
 * free; a probe, which comes at any moment, finds it full nearly each time: seconds of silence on a line that works.
 * What others are answered meanwhile tells: behind a line that died, nothing comes.
 */

import type { Check } from "../config/types.ts";
import type { Carried } from "../kernel/carried.ts";

export interface Sample extends Carried {
  /** Milliseconds of a clock that never goes back. */
  readonly at: number;
}

/** Per second: half the acknowledgements of an upload that fills 256 kbit/s, and nearly all of that. */
const BUSY = { received: 10, bytes: 25_000 } as const;
/** Fewer than this may be anybody's, however short the time. */
const LEAST_RECEIVED = 5;

/** The samples with one more: those of the last interval, and one before them to compare it with. */
export function withSample(samples: readonly Sample[], sample: Sample, check: Check): readonly Sample[] {
  const recent = samples.filter(({ at }) => at > sample.at - check.interval);
  const before = samples.filter(
    ({ at }) => at > sample.at - 2 * check.interval && !recent.some((one) => one.at <= at),
  );
  return [...before.slice(-1), ...recent, sample];
}

/** Whether the line carried traffic both ways up to the newest sample, over about an interval. */
export function isBusy(samples: readonly Sample[], check: Check): boolean {
  const [from, to] = [samples[0], samples.at(-1)];
  if (from === undefined || to === undefined || to.at - from.at < check.interval / 2) return false;
  const seconds = (to.at - from.at) / 1000;
  const received = to.received - from.received;
  const bytes = to.bytes - from.bytes;
  return received >= Math.max(LEAST_RECEIVED, BUSY.received * seconds) && bytes >= BUSY.bytes * seconds;
}
