/**
 * Which target of an uplink is asked when, which answer is overdue, which probe is lost. Pure; times are milliseconds of
 * a clock that never goes back.
 *
 * Each target is asked every interval, staggered. While an answer is overdue, extra probes go out to one target after
 * the other. A probe is lost at its own deadline, however many others are under way; a late answer is still known for
 * what it is.
 */

import type { Check } from "../config/types.ts";
import { hurriedInterval, offset } from "../health/pace.ts";

/** A probe, named by its target and the time it was sent at. */
export interface Asked {
  readonly target: string;
  readonly sentAt: number;
  /** Sent because an answer was overdue. */
  readonly extra: boolean;
}

export interface Agenda {
  readonly check: Check;
  readonly targets: readonly string[];
  /** When each target is asked next. */
  readonly next: readonly number[];
  /** Probes before their deadline, without an answer. */
  readonly pending: readonly Asked[];
  /** Probes that were lost, and may be answered yet. */
  readonly late: readonly Asked[];
  /** When the first probe was sent since somebody answered; null: everybody was heard since. */
  readonly waitingSince: number | null;
  /** When the last extra probe went out since then; null: none did. */
  readonly hurriedAt: number | null;
  /** Place of the target that the next extra probe goes to. */
  readonly turn: number;
}

/** So long a late answer is waited for. */
export const LATE_MS = 10_000;

export function newAgenda(check: Check, targets: readonly string[], now: number): Agenda {
  return {
    check,
    targets,
    next: targets.map((_, place) => now + offset(check, place, targets.length)),
    pending: [],
    late: [],
    waitingSince: null,
    hurriedAt: null,
    turn: 0,
  };
}

export interface Step {
  readonly agenda: Agenda;
  /** Targets that are to be asked now. What was really sent is told by `sent`. */
  readonly ask: readonly { readonly target: string; readonly extra: boolean }[];
  readonly lost: readonly Asked[];
}

/**
 * What is to be done now.
 * @param overdue how long an answer may take before extra probes go out; null: there are to be none
 */
export function step(agenda: Agenda, now: number, overdue: number | null): Step {
  const { check, targets } = agenda;
  const due = targets.filter((_, place) => (agenda.next[place] ?? 0) <= now);
  const next = agenda.next.map((time) => (time <= now ? following(time, check.interval, now) : time));
  const deadline = ({ sentAt }: Asked) => sentAt + check.timeout;
  const lost = agenda.pending.filter((asked) => deadline(asked) <= now);
  const usual = due.map((target) => ({ target, extra: false }));
  const hurry = hurryAt(agenda, overdue);
  // A usual probe while an answer is overdue is as good as an extra one.
  const isOverdue = overdue !== null && (agenda.waitingSince ?? now) + overdue <= now;
  const hurried = isOverdue && (due.length > 0 || (hurry !== null && hurry <= now));
  const extra = hurried && due.length === 0 ? [{ target: targets[agenda.turn] ?? "", extra: true }] : [];
  return {
    agenda: {
      ...agenda,
      next,
      pending: agenda.pending.filter((asked) => !lost.includes(asked)),
      late: [...agenda.late, ...lost].filter((asked) => deadline(asked) + LATE_MS > now),
      hurriedAt: hurried ? now : agenda.hurriedAt,
      turn: extra.length === 0 ? agenda.turn : (agenda.turn + 1) % targets.length,
    },
    ask: [...usual, ...extra],
    lost,
  };
}

/** The next time in the row; those that were missed (the machine slept) are not made up for. */
function following(time: number, interval: number, now: number): number {
  return time + interval > now ? time + interval : now + interval;
}

function hurryAt({ check, waitingSince, hurriedAt }: Agenda, overdue: number | null): number | null {
  if (overdue === null || waitingSince === null) return null;
  const began = waitingSince + overdue;
  return hurriedAt === null ? began : Math.max(began, hurriedAt + hurriedInterval(check));
}

/** When there is something to be done next. */
export function nextAt(agenda: Agenda, overdue: number | null): number {
  const hurry = hurryAt(agenda, overdue);
  const deadlines = agenda.pending.map(({ sentAt }) => sentAt + agenda.check.timeout);
  return Math.min(...agenda.next, ...deadlines, ...(hurry === null ? [] : [hurry]));
}

/** A probe went out. */
export function sent(agenda: Agenda, asked: Asked): Agenda {
  return {
    ...agenda,
    pending: [...agenda.pending, asked],
    waitingSince: Math.min(agenda.waitingSince ?? asked.sentAt, asked.sentAt),
  };
}

/**
 * An answer came.
 * @returns the probe that it belongs to; one that is not known counts as extra
 */
export function answered(agenda: Agenda, target: string, sentAt: number): { agenda: Agenda; asked: Asked } {
  const known = find(agenda, target, sentAt);
  return {
    agenda: { ...without(agenda, known), waitingSince: null, hurriedAt: null },
    asked: known ?? { target, sentAt, extra: true },
  };
}

/** A probe is over in another way than by an answer or its deadline. @returns null: it is not known, or was lost already */
export function ended(
  agenda: Agenda,
  target: string,
  sentAt: number,
): { agenda: Agenda; asked: Asked | null } {
  const known = find(agenda, target, sentAt);
  const pending = known !== undefined && agenda.pending.includes(known);
  return { agenda: without(agenda, known), asked: pending ? known : null };
}

/** What is under way to the target can no longer be answered: its socket or its program is gone. */
export function abandoned(agenda: Agenda, target: string): Agenda {
  const others = (list: readonly Asked[]) => list.filter((asked) => asked.target !== target);
  return { ...agenda, pending: others(agenda.pending), late: others(agenda.late) };
}

function find({ pending, late }: Agenda, target: string, sentAt: number): Asked | undefined {
  return [...pending, ...late].find((asked) => asked.target === target && asked.sentAt === sentAt);
}

function without(agenda: Agenda, gone: Asked | undefined): Agenda {
  const keep = (list: readonly Asked[]) => list.filter((asked) => asked !== gone);
  return { ...agenda, pending: keep(agenda.pending), late: keep(agenda.late) };
}
