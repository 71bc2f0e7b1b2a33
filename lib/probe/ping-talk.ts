/**
 * The conversation with one `ping` process. Pure; times are milliseconds of a clock that never goes back.
 *
 * `ping` sends by its own clock, every `gap` while it runs. It is stopped (SIGSTOP) as soon as it has its answer, and
 * continued (SIGCONT) to send the next probe: continued behind the gap, it sends at once. So every probe goes out at
 * the moment that it is wanted, by one process for ever; as long as there is no answer, it is not stopped, and probes
 * go out every `gap` by themselves. Round trips are right whenever they are read: the kernel stamps what arrives.
 *
 * With -O it tells, at the moment of sending, that the probe before went unanswered; so it is known what it sent.
 */

import type { PingLine } from "./ping-line.ts";

interface Sent {
  readonly at: number;
  readonly extra: boolean;
}

export interface PingTalk {
  /** Milliseconds between two probes of a ping that runs. */
  readonly gap: number;
  /** Number of the newest probe, counted on beyond the 16 bits that ping shows. */
  readonly newest: number;
  /** When it was, or will be, sent. */
  readonly newestAt: number;
  /** The next one that it sends by itself is one that was asked for. */
  readonly asked: boolean;
  /** Number of the newest probe that was asked for. */
  readonly wanted: number;
  /** Those without an answer, by number. */
  readonly open: ReadonlyMap<number, Sent>;
  readonly running: boolean;
}

export type PingEvent =
  /** A probe went out that was asked for before, or, extra, by itself. */
  | { readonly kind: "sent"; readonly sentAt: number; readonly extra: boolean }
  | { readonly kind: "answered"; readonly sentAt: number; readonly rtt: number };

export interface PingStep {
  readonly talk: PingTalk;
  readonly signal: "SIGSTOP" | "SIGCONT" | null;
  readonly events: readonly PingEvent[];
}

/** The process was started; its first probe goes out. */
export function startTalk(gap: number, now: number): PingTalk {
  const first = { at: now, extra: false };
  return {
    gap,
    newest: 1,
    newestAt: now,
    asked: false,
    wanted: 1,
    open: new Map([[1, first]]),
    running: true,
  };
}

/**
 * A probe is wanted.
 * @returns the step, and when the probe goes out; null: that is told by an event, at most a gap from now
 */
export function askPing(talk: PingTalk, now: number): PingStep & { readonly sentAt: number | null } {
  if (talk.running) return { talk: { ...talk, asked: true }, signal: null, events: [], sentAt: null };
  const { talk: next, sentAt } = withWanted(talk, now);
  return { talk: { ...next, running: true }, signal: "SIGCONT", events: [], sentAt };
}

/** One more that is asked for, as soon as ping sends again. */
function withWanted(talk: PingTalk, now: number): { talk: PingTalk; sentAt: number } {
  const sentAt = Math.max(now, talk.newestAt + talk.gap);
  const newest = talk.newest + 1;
  const open = withProbe(talk.open, newest, { at: sentAt, extra: false });
  return { talk: { ...talk, newest, newestAt: sentAt, asked: false, wanted: newest, open }, sentAt };
}

/** It printed a line. */
export function hearPing(talk: PingTalk, line: PingLine, now: number): PingStep {
  const number = unwrapped(line.number, talk.newest);
  return line.kind === "silence"
    ? hearSilence(talk, number + 1, now)
    : hearReply(talk, number, line.rtt, now);
}

/** The probe with this number goes out just now. */
function hearSilence(talk: PingTalk, number: number, now: number): PingStep {
  if (number <= talk.newest) return { talk, signal: null, events: [] };
  const extra = !talk.asked;
  return {
    talk: {
      ...talk,
      newest: number,
      newestAt: now,
      asked: false,
      wanted: extra ? talk.wanted : number,
      open: withProbe(talk.open, number, { at: now, extra }),
    },
    signal: null,
    events: [{ kind: "sent", sentAt: now, extra }],
  };
}

function hearReply(talk: PingTalk, number: number, rtt: number | null, now: number): PingStep {
  const known = talk.open.get(number);
  // An answer to nobody's question: a second one, or one from before the memory goes.
  if (known === undefined && number <= talk.newest) return { talk, signal: null, events: [] };
  const trip = rtt ?? Math.max(0, now - (known?.at ?? now));
  // ping measures by the wall clock; nothing can have been under way for longer than since it was sent.
  const limited = known === undefined ? trip : Math.min(trip, Math.max(0, now - known.at) + MEASURING);
  const open = new Map(talk.open);
  open.delete(number);
  const newest = Math.max(number, talk.newest);
  const heard = {
    ...talk,
    open,
    newest,
    newestAt: newest === talk.newest ? talk.newestAt : now - trip,
  };
  const answer: PingEvent = { kind: "answered", sentAt: known?.at ?? now - trip, rtt: limited };
  if (!talk.running || number < talk.wanted) return { talk: heard, signal: null, events: [answer] };
  // It says nothing when it sends behind an answer.
  if (talk.asked) {
    const next = withWanted(heard, now);
    return {
      talk: next.talk,
      signal: null,
      events: [answer, { kind: "sent", sentAt: next.sentAt, extra: false }],
    };
  }
  return { talk: { ...heard, running: false }, signal: "SIGSTOP", events: [answer] };
}

/** A probe is sent a little after, or before, it was said to be. */
const MEASURING = 50;
/** So many unanswered probes are remembered: at four a second, a quarter of a minute. */
const MOST_OPEN = 64;

function withProbe(open: ReadonlyMap<number, Sent>, number: number, probe: Sent): ReadonlyMap<number, Sent> {
  const entries = [...open].slice(-(MOST_OPEN - 1));
  return new Map([...entries, [number, probe]]);
}

/** The number nearest to `near` that ping would show like this. */
function unwrapped(shown: number, near: number): number {
  const distance = (shown - near) & 0xffff;
  return near + (distance < 0x8000 ? distance : distance - 0x10000);
}
