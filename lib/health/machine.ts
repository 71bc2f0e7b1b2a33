/**
 * The health of one uplink in one address family: a state machine that is fed what became of each probe.
 *
 * Pure. It sends nothing and knows no clock: every function takes `now`, in milliseconds of one clock that never goes
 * back (performance.now()), and returns a new `Health`; compare `verdict` before and after to see a transition.
 *
 *     let health = newHealth(check, 4, now);          // where targetsFor(check, 4) is not empty
 *     health = heard(health, result, now);            // for each ProbeResult, as soon as it is known
 *     health = elapsed(health, now);                  // at wakeAt(health): silence and patience end without a result
 *     health = busy(health, now);                     // while nobody answers: it carries traffic (traffic.ts)
 *     health = restarted(health, now);                // the line came anew: another device, address or session
 *     familyHealth(health, Date.now() - now);         // for health.json; combine() makes the uplink of its families
 *
 * Who probes: each target of `targetsFor` every `check.interval`, staggered; a probe is "lost" at its own deadline, not
 * when the next is sent, and a late answer is told all the same: it is what tells a queue of seconds from a dead line.
 * While an answer is overdue (pace.ts) extra probes go out, so that a silent death is found within `down_after`
 * intervals.
 *
 *     checking --first answer in time--------------------------> up
 *     up --max_loss or max_latency exceeded--------------------> degraded
 *     degraded --well below them, up_after successes-----------> up
 *     any --down_after failures and as many intervals silent,
 *           or down_loss or down_latency exceeded--------------> down
 *     down --it answers again----------------------------------> checking (on probation)
 *     checking --up_after successes, well for long enough------> up, or degraded
 *     any but down --the check cannot run----------------------> unknown --an answer--> up
 *
 * - An answer is a success if it is in time; a late one is a sign of life. Failures in a row are counted since the last
 *   sign of life of as many targets as `quorum` says, whatever target they are of (life.ts).
 * - A lost probe on a line that loses many anyway counts less than one (`weight` in target.ts).
 * - Loss and latency are those of the `quorum`-th best target, over its newest `window` probes (levels.ts).
 * - No verdict becomes better sooner than the dwell after one became worse, and each fall makes the next probation
 *   longer, up to a bound; that wears off (patience.ts). Down comes at once whenever its threshold is reached.
 * - A line that is down stays so while its check cannot run: the last that was known of it is that it is dead.
 * - What is kept is bounded: per target the window, what is under way, and three times down_after times of losses; 60 slots.
 */

import type { Check, CheckTarget } from "../config/types.ts";
import type { Family } from "../net/prefix.ts";
import { type FamilyHealth, UNDECIDED, type Verdict } from "./health.ts";
import { type Judgement, judge, seconds, silenceOf } from "./judge.ts";
import { shownMeasures } from "./levels.ts";
import { failures, silentFrom } from "./life.ts";
import { dwell, fallen, NO_PENALTY, type Penalty, probation } from "./patience.ts";
import type { ProbeResult } from "./probe-result.ts";
import { type Slot, slotsFrom, withResult } from "./recent.ts";
import { forgiven, isProbed, newTarget, type TargetRecord, told, unprobedFrom } from "./target.ts";

/** Two kinds of `checking`: a line of which nothing is known yet, and one that was down. */
type Phase = "fresh" | "probation" | Exclude<Verdict, "checking">;

/** Why the line was declared down last, or was begun anew while it was. */
interface Fall {
  readonly at: number;
  readonly reason: string;
  /** Nobody answered; otherwise the answers were too few or too late. */
  readonly silent: boolean;
  /** The reason is another watch's or another check's: the next that is found takes its place. */
  readonly isInherited?: true;
}

export interface Health {
  /** Its quorum is at most the number of targets in this family. */
  readonly check: Check;
  readonly family: Family;
  readonly verdict: Verdict;
  /** Why, in words; empty when up. */
  readonly reason: string;
  /** When the verdict became this. */
  readonly since: number;
  readonly phase: Phase;
  /** When it was last judged. */
  readonly at: number;
  /** When this session of the line began. */
  readonly began: number;
  /** When slot number 0 began. */
  readonly origin: number;
  readonly targets: readonly TargetRecord[];
  readonly slots: readonly Slot[];
  /** When it was last seen to carry traffic while nobody answered; null: not in this session. */
  readonly busyAt: number | null;
  readonly fall: Fall | null;
  /** When the verdict last became worse; null: never. */
  readonly worsenedAt: number | null;
  /** Since when what made it worse is over; null: it is not. */
  readonly wellSince: number | null;
  readonly penalty: Penalty;
}

/** One change of a verdict. */
export interface Transition {
  readonly from: Verdict;
  readonly to: Verdict;
  readonly reason: string;
  readonly at: number;
}

/** Whom to ask about this family; a URL with a host's name counts for both. */
export function targetsFor(check: Check, family: Family): readonly CheckTarget[] {
  return check.targets.filter((target) => target.family === null || target.family === family);
}

/** A line of which nothing is known yet. The check must have a target of the family. */
export function newHealth(check: Check, family: Family, now: number): Health {
  const targets = targetsFor(check, family).map(({ name }) => newTarget(name, now));
  return {
    check: { ...check, quorum: Math.min(check.quorum, targets.length) },
    family,
    verdict: "checking",
    reason: WAITING,
    since: now,
    phase: "fresh",
    at: now,
    began: now,
    origin: now,
    targets,
    slots: [],
    busyAt: null,
    fall: null,
    worsenedAt: null,
    wellSince: null,
    penalty: NO_PENALTY,
  };
}

/** Whether the line is checked as this check says. */
export function isOf(health: Health, check: Check): boolean {
  const { quorum } = newHealth(check, health.family, 0).check;
  return JSON.stringify({ ...check, quorum }) === JSON.stringify(health.check);
}

const WAITING = UNDECIDED.firstAnswer;

/**
 * A line whose verdict is known from before: the watcher was restarted, or its check was changed. What was up stays so
 * until it is disproved, what was down until it has proved itself.
 * @param epoch the wall clock's time, milliseconds since 1970, at time 0 of the clock that `now` is of
 */
export function resumed(
  check: Check,
  family: Family,
  now: number,
  before: FamilyHealth,
  epoch: number,
): Health {
  const fresh = { ...newHealth(check, family, now), slots: slotsFrom(before.recent) };
  const { verdict, reason } = before;
  if (verdict === "checking" || verdict === "unknown") return fresh;
  const fall = verdict === "down" ? ({ at: now, reason, silent: true, isInherited: true } as const) : null;
  return { ...fresh, verdict, phase: verdict, reason, since: Math.min(now, before.since - epoch), fall };
}

/**
 * The line came anew: what its probes told is about a line that is no more. What was up has to answer once; what was
 * down has to prove itself still, and how often it fell is not forgotten.
 */
export function restarted(health: Health, now: number): Health {
  const at = Math.max(now, health.at);
  const targets = health.targets.map(({ name }) => newTarget(name, at));
  const anew = { ...health, at, began: at, targets, busyAt: null, wellSince: null };
  const { fall } = health;
  if (isFallen(health) && fall !== null) return { ...anew, fall: { ...fall, at, silent: true } };
  return {
    ...anew,
    phase: "fresh",
    ...(health.phase === "fresh" ? {} : FRESH),
    since: sinceOf(health, "checking", at),
  };
}

const FRESH = { verdict: "checking", reason: WAITING } as const;

const sinceOf = (health: Health, verdict: Verdict, now: number): number =>
  health.verdict === verdict ? health.since : now;

/** Takes in what became of one probe; of a target that is not this line's, nothing. */
export function heard(health: Health, result: ProbeResult, now: number): Health {
  if (!health.targets.some(({ name }) => name === result.target)) return health;
  const at = Math.max(now, health.at);
  // An answer to what was asked before the line came anew says nothing about it.
  if (result.sentAt < health.began) return settled(health, at);
  const { check, origin } = health;
  const targets = health.targets.map((target) =>
    target.name === result.target ? told(target, result, check, at) : target,
  );
  const number = Math.floor((result.sentAt - origin) / check.interval);
  return settled({ ...health, targets, slots: withResult(health.slots, result, number) }, at);
}

/** The line carries traffic both ways, as far as its device tells: silence has to last longer. Nothing is judged by it. */
export function busy(health: Health, now: number): Health {
  return { ...health, busyAt: now };
}

/** Time has passed. */
export function elapsed(health: Health, now: number): Health {
  return settled(health, Math.max(now, health.at));
}

/** The transition between two states of one line; null: there is none. */
export function transition(before: Health, after: Health): Transition | null {
  if (before.verdict === after.verdict) return null;
  return { from: before.verdict, to: after.verdict, reason: after.reason, at: after.since };
}

/** When `elapsed` may find something without another result; null: never. */
export function wakeAt(health: Health): number | null {
  const { check, targets, at, began, busyAt } = health;
  const times = [
    ...(failures(targets, check) >= check.downAfter ? [silentFrom(targets, check, began, busyAt)] : []),
    ...targets.filter((target) => isProbed(target, check, at)).map((target) => unprobedFrom(target, check)),
    ...(health.worsenedAt === null ? [] : [health.worsenedAt + dwell(check)]),
    ...(health.wellSince === null ? [] : [health.wellSince + probation(health.penalty, check, at)]),
  ].filter((time) => time > at);
  return times.length === 0 ? null : Math.min(...times);
}

/**
 * What the others see of it.
 * @param epoch the wall clock's time, milliseconds since 1970, at time 0 of the health's clock
 */
export function familyHealth(health: Health, epoch: number): FamilyHealth {
  const { verdict, reason, since, targets, check, slots } = health;
  return {
    verdict,
    reason,
    since: Math.round(epoch + since),
    ...shownMeasures(targets, check),
    recent: slots.map(({ rtt }) => rtt),
  };
}

const isFallen = ({ phase }: Health): boolean => phase === "down" || phase === "probation";

/** Judges the line as of now. */
function settled(before: Health, now: number): Health {
  const { check, began, busyAt } = before;
  let health: Health = { ...before, at: now };
  let judged = judge(health.targets, check, began, busyAt, now);
  const wellSince = wellFrom(health, judged);
  if (isFallen(health) && health.fall?.silent === true && health.wellSince === null && wellSince !== null) {
    // A trial begins: the losses that made it fall are no longer held against it.
    const { at } = health.fall;
    health = { ...health, targets: health.targets.map((target) => forgiven(target, at)) };
    judged = judge(health.targets, check, began, busyAt, now);
  }
  return decided({ ...health, wellSince }, judged);
}

/** Since when what made the verdict worse is over; null: it is not, or there is nothing. */
function wellFrom(health: Health, { dead, notRun, life, notBad, notPoor }: Judgement): number | null {
  if (dead || notRun !== null) return null;
  const { fall, wellSince, at } = health;
  if (isFallen(health) && fall !== null) {
    const well = fall.silent ? life !== null && life > fall.at : notBad;
    return well ? (wellSince ?? at) : null;
  }
  return health.phase === "degraded" && notPoor ? (wellSince ?? at) : null;
}

function decided(health: Health, judged: Judgement): Health {
  const trouble = troubleOf(health, judged);
  if (trouble !== null && health.phase !== "down") return fallenDown(health, trouble);
  // Down because of too few answers, or of what an earlier check found, and now there is none at all.
  if (trouble?.silent === true && (health.fall?.silent === false || health.fall?.isInherited === true)) {
    return { ...health, fall: trouble, reason: trouble.reason };
  }
  switch (health.phase) {
    case "fresh":
    case "unknown":
      return begun(health, judged);
    case "up":
      if (judged.notRun !== null) return moved(health, "unknown", judged.notRun);
      return judged.poor === null ? health : moved(health, "degraded", judged.poor);
    case "degraded":
      if (judged.notRun !== null) return moved(health, "unknown", judged.notRun);
      return isProven(health) && judged.successes >= health.check.upAfter ? moved(health, "up", "") : health;
    case "down":
    case "probation":
      return tried(health, judged);
  }
}

/** What makes a line down, whatever it is; null: nothing. */
function troubleOf(health: Health, { dead, bad, notRun }: Judgement): Fall | null {
  const { targets, check, began, at } = health;
  if (dead) return { at, reason: silenceOf(targets, check, began, at), silent: true };
  if (bad !== null) return { at, reason: bad, silent: false };
  // A line on probation of which nothing more is heard has not proved itself.
  return notRun !== null && health.phase === "probation" ? { at, reason: notRun, silent: true } : null;
}

/** A line of which nothing is known: one answer in time speaks for it, since nothing speaks against it. */
function begun(health: Health, judged: Judgement): Health {
  const { check, phase } = health;
  if (judged.notRun !== null) {
    // What hinders it now may not be what hindered it first.
    return phase === "unknown"
      ? { ...health, reason: judged.notRun }
      : moved(health, "unknown", judged.notRun);
  }
  if (judged.poor === null) return judged.successes > 0 ? moved(health, "up", "") : health;
  return judged.answers >= check.upAfter ? moved(health, "degraded", judged.poor) : health;
}

/** A line that was down. */
function tried(health: Health, judged: Judgement): Health {
  const { check, phase, wellSince } = health;
  if (wellSince === null) return health;
  if (isProven(health)) {
    if (judged.poor === null && judged.successes >= check.upAfter) return moved(health, "up", "");
    if (judged.poor !== null && judged.answers >= check.upAfter)
      return moved(health, "degraded", judged.poor);
  }
  return phase === "probation" ? health : moved(health, "probation", onProbation(health));
}

/** It has been well for as long as it has to. */
function isProven({ wellSince, penalty, check, at }: Health): boolean {
  return wellSince !== null && at >= wellSince + probation(penalty, check, at);
}

function onProbation({ penalty, check, at }: Health): string {
  const time = probation(penalty, check, at);
  const often = time > 0 ? `, and after ${seconds(time)} without failing, since it failed often` : "";
  return `answers again; up after ${check.upAfter} answers in a row${often}`;
}

/** Worst first. */
const RANK: readonly Verdict[] = ["down", "checking", "unknown", "degraded", "up"];

const verdictOf = (phase: Phase): Verdict =>
  phase === "fresh" || phase === "probation" ? "checking" : phase;

function fallenDown(health: Health, fall: Fall): Health {
  return { ...moved(health, "down", fall.reason), fall, wellSince: null };
}

/** The line in another phase, unless that would be better and it is too soon. */
function moved(health: Health, phase: Phase, reason: string): Health {
  const { at, check, worsenedAt } = health;
  const verdict = verdictOf(phase);
  const rise = RANK.indexOf(verdict) - RANK.indexOf(health.verdict);
  const soon = worsenedAt !== null && at < worsenedAt + dwell(check);
  if (rise > 0 && soon) return health;
  // Degraded and soon after down is one fall: nothing became better between them.
  const falls = rise < 0 && !soon && !isFallen(health) && health.phase !== "fresh" && phase !== "unknown";
  return {
    ...health,
    phase,
    verdict,
    reason,
    since: sinceOf(health, verdict, at),
    worsenedAt: rise < 0 ? at : worsenedAt,
    // What degrades it is judged anew from here.
    wellSince: isFallen({ ...health, phase }) ? health.wellSince : null,
    penalty: falls ? fallen(health.penalty, check, at) : health.penalty,
  };
}
