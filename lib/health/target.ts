/** What is known of one target: its newest probes, and what they amount to. Pure; times are milliseconds. */

import type { Check } from "../config/types.ts";
import type { ProbeResult } from "./probe-result.ts";

/** A probe whose end is known. */
export interface Probe {
  readonly sentAt: number;
  /** Round trip; null: lost. */
  readonly rtt: number | null;
}

export interface TargetRecord {
  readonly name: string;
  /** The newest measurements in the order in which they were sent: as many as the window, or `up_after`, wants. */
  readonly probes: readonly Probe[];
  /** When its newest answer came; null: never yet. */
  readonly heardAt: number | null;
  /** When the probes were sent that were lost since then; the newest `LOST_KEPT` times `down_after`. */
  readonly lost: readonly number[];
  /** What was wrong with the newest answer; null: it was right, or there was none. */
  readonly why: string | null;
  /** How many probes in a row could not be made. */
  readonly notRun: number;
  readonly notRunWhy: string | null;
  /** When the end of a probe was last told, at the beginning the beginning. */
  readonly ranAt: number;
}

/** A target that still answers at times makes at least a third of a failure of each lost probe: see `weight`. */
const LEAST_WEIGHT = 1 / 3;
const LOST_KEPT = 1 / LEAST_WEIGHT;

/** Fewer answers than this have no median worth acting on. */
const ENOUGH_ANSWERS = 5;

/** A target of which nothing is known yet. */
export function newTarget(name: string, now: number): TargetRecord {
  return { name, probes: [], heardAt: null, lost: [], why: null, notRun: 0, notRunWhy: null, ranAt: now };
}

/** The target with one more result; what was known of that probe already is not counted twice. */
export function told(record: TargetRecord, result: ProbeResult, check: Check, now: number): TargetRecord {
  if (result.outcome === "cannot-run") {
    return { ...record, notRun: record.notRun + 1, notRunWhy: result.why };
  }
  // Measurements from before a time without probes say nothing about now.
  const measured = isProbed(record, check, now) ? record.probes : [];
  const known = measured.find((probe) => probe.sentAt === result.sentAt);
  const running = { ...record, probes: measured, notRun: 0, notRunWhy: null, ranAt: now };
  if (result.outcome === "answered") {
    const probes = result.extra === true ? measured : settled(measured, result, result.rtt, check);
    return { ...running, probes, heardAt: now, lost: [], why: null };
  }
  // It was answered after all, or its loss is known.
  if (known !== undefined || record.lost.includes(result.sentAt)) return running;
  const probes = result.extra === true ? measured : settled(measured, result, null, check);
  // Whoever answered after this probe was sent was alive after it was sent.
  const counts = record.heardAt === null || result.sentAt > record.heardAt;
  const lost = counts ? [...record.lost, result.sentAt].slice(-LOST_KEPT * check.downAfter) : record.lost;
  return { ...running, probes, lost, why: result.why ?? null };
}

/** The probes with this one in its place; a late answer takes the place of the loss. */
function settled(
  probes: readonly Probe[],
  { sentAt }: { sentAt: number },
  rtt: number | null,
  check: Check,
): readonly Probe[] {
  const most = Math.max(check.window + undecided(check), check.upAfter);
  const probe = { sentAt, rtt };
  const newest = probes.at(-1);
  // The usual case; the rest is for answers that are late or out of order.
  if (newest === undefined || newest.sentAt < sentAt) {
    return [...(probes.length < most ? probes : probes.slice(1 - most)), probe];
  }
  const known = probes.find((one) => one.sentAt === sentAt);
  if (known !== undefined && known.rtt !== null) return probes;
  const earlier = probes.filter((one) => one.sentAt < sentAt);
  const later = probes.filter((one) => one.sentAt > sentAt);
  return [...earlier, probe, ...later].slice(-most);
}

/** A target of which nothing is heard for this long is not probed, milliseconds; the 2 s are for a busy machine. */
function patience(check: Check): number {
  return (check.downAfter + 1) * check.interval + check.timeout + 2000;
}

/** When the target counts as not probed, if no probe's end is told before. */
export function unprobedFrom(record: TargetRecord, check: Check): number {
  return record.ranAt + patience(check);
}

/** Whether probes to the target are made; a few that could not be are no reason to doubt it. */
export function isProbed(record: TargetRecord, check: Check, now: number): boolean {
  return record.notRun < check.downAfter && now < unprobedFrom(record, check);
}

/** The newest measurements that loss and latency are taken over. */
function windowOf({ probes }: TargetRecord, check: Check): readonly Probe[] {
  return probes.length <= check.window ? probes : probes.slice(-check.window);
}

/** How many probes may be under way that are neither answered nor lost. */
function undecided({ timeout, interval }: Check): number {
  return Math.ceil(timeout / interval);
}

/**
 * The newest of which each has its end: those that are behind their deadline. Of what was sent since then the answers are
 * known and the losses are not: a window over them would look better than the line is.
 */
function decidedOf({ probes, ranAt }: TargetRecord, check: Check): readonly Probe[] {
  return probes.filter(({ sentAt }) => sentAt + check.timeout <= ranAt).slice(-check.window);
}

/** How many of them were lost. */
function lostIn(probes: readonly Probe[]): number {
  return probes.reduce((count, { rtt }) => (rtt === null ? count + 1 : count), 0);
}

/** Lost probes per place in the window, 0 to 1: a window that is not full yet is not judged by its few probes. */
export function lossOfWindow(record: TargetRecord, check: Check): number {
  return lostIn(decidedOf(record, check)) / check.window;
}

/** Share of lost probes among those there are, 0 to 1; null: there are none. */
export function lossOf(record: TargetRecord, check: Check): number | null {
  const decided = decidedOf(record, check);
  const probes = decided.length > 0 ? decided : windowOf(record, check);
  return probes.length === 0 ? null : lostIn(probes) / probes.length;
}

/** Median round trip over the window, late ones too; null: there are fewer answers than `least`. */
export function latencyOf(record: TargetRecord, check: Check, least = ENOUGH_ANSWERS): number | null {
  const trips = windowOf(record, check)
    .flatMap(({ rtt }) => rtt ?? [])
    .sort((left, right) => left - right);
  if (trips.length < least) return null;
  const middle = trips.length >> 1;
  const upper = trips[middle] ?? 0;
  return trips.length % 2 === 1 ? upper : ((trips[middle - 1] ?? 0) + upper) / 2;
}

/** How many of the newest probes in a row were answered in time. */
export function successes(record: TargetRecord, check: Check): number {
  return runOf(record.probes, ({ rtt }) => rtt !== null && rtt <= check.timeout);
}

/** How many probes in a row, up to the newest that was answered at all, were answered; late ones too. */
export function answers(record: TargetRecord): number {
  const unanswered = runOf(record.probes, ({ rtt }) => rtt === null);
  return runOf(record.probes.slice(0, record.probes.length - unanswered), ({ rtt }) => rtt !== null);
}

/** How many at the end, one behind the other. */
function runOf(probes: readonly Probe[], holds: (probe: Probe) => boolean): number {
  let count = 0;
  for (let place = probes.length - 1; place >= 0; place--, count++) {
    const probe = probes[place];
    if (probe === undefined || !holds(probe)) break;
  }
  return count;
}

/**
 * What one lost probe of the target proves, 0 to 1. Silence of a target that lost nothing so far is one failure each;
 * of a target that loses 30 % anyway half a failure, since it takes six such losses in a row to be as unlikely as three
 * losses of 10 %; one that answered nothing for a whole window proves nothing by going on so.
 * @param life when the line was last known to live: what was lost since is not yet anybody's habit
 */
export function weight(record: TargetRecord, check: Check, life: number): number {
  const before = windowOf(record, check).filter(({ sentAt }) => sentAt <= life);
  const lost = lostIn(before);
  const silent = lost > 0 && lost === before.length && record.probes.length >= check.window;
  if (silent) return 0;
  return lost === 0 ? 1 : Math.min(1, Math.max(LEAST_WEIGHT, -Math.log10(lost / check.window)));
}

/** The target at the beginning of a new trial: what happened before is no longer held against it. */
export function forgiven(record: TargetRecord, before: number): TargetRecord {
  const probes = record.probes.filter(({ sentAt, rtt }) => sentAt > before && rtt !== null);
  return { ...record, probes, lost: [], why: null };
}
