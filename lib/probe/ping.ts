/**
 * Asks by ICMP echo: one `ping` of iputils for each target, kept for as long as it goes well (see `PingTalk`). It is
 * bound to the uplink's device and address, and its packets bear the uplink's mark.
 */

import { nextWait } from "../follow/back-off.ts";
import { type LineChild, startLineChild } from "../follow/line-child.ts";
import { escapeLine } from "../log.ts";
import type { Family } from "../net/prefix.ts";
import { hex } from "../plan/marks.ts";
import type { Asker, AskerEvents } from "./asker.ts";
import { readPingComplaint, readPingLine } from "./ping-line.ts";
import { askPing, hearPing, type PingStep, type PingTalk, startTalk } from "./ping-talk.ts";

export interface PingOptions {
  readonly interface: string;
  readonly address: string;
  readonly family: Family;
  readonly mark: number;
  /** Canonical address of who is asked. */
  readonly target: string;
  /** Milliseconds between two probes while there is no answer: in a hurry, and otherwise. */
  readonly gaps: { readonly hurried: number; readonly usual: number };
}

/** The program ended at once, again and again: it is not started more often than this, milliseconds. */
const BACK_OFF = { first: 1000, longest: 30_000, settled: 10_000 } as const;
/** So long behind the last hurry it goes on as if there were one. */
const CALM_MS = 15_000;
/** A ping that runs says something every gap; if it says nothing for so many gaps and a while, it has hung. */
const HUNG = { gaps: 3, more: 3000 } as const;

/** The arguments: numeric, telling of silence, by this device and from this address, with this mark. */
export function pingArguments(options: PingOptions, gap: number): string[] {
  return [
    `-${options.family}`,
    "-n",
    "-O",
    "-I",
    options.interface,
    "-I",
    options.address,
    "-m",
    String(options.mark),
    "-i",
    (gap / 1000).toFixed(3),
    options.target,
  ];
}

export function pingAsker(options: PingOptions, events: AskerEvents): Asker {
  return new PingAsker(options, events);
}

class PingAsker implements Asker {
  readonly hurries = true;
  readonly #options: PingOptions;
  readonly #events: AskerEvents;
  #child: LineChild | null = null;
  #talk: PingTalk | null = null;
  #startedAt = 0;
  #heardAt = 0;
  #hurriedAt = Number.NEGATIVE_INFINITY;
  #wait = 0;
  /** Not to be started again before. */
  #notBefore = Number.NEGATIVE_INFINITY;
  #why = "";
  #closed = false;
  /** Resolves when all that were ended are gone. */
  #gone: Promise<unknown> = Promise.resolve();

  constructor(options: PingOptions, events: AskerEvents) {
    this.#options = options;
    this.#events = events;
  }

  ask(now: number, hurry: boolean): number | null {
    if (this.#closed) return null;
    if (hurry) this.#hurriedAt = now;
    // Whoever is started anew hears no more of the late answers to the one before: in a hurry still, until they are past.
    const { hurried, usual } = this.#options.gaps;
    const gap = now < this.#hurriedAt + CALM_MS ? hurried : usual;
    if (this.#talk !== null && (this.#talk.gap !== gap || this.#hasHung(this.#talk, now))) this.#drop();
    if (this.#talk !== null) {
      const step = askPing(this.#talk, now);
      if (step.signal !== null) this.#heardAt = now;
      this.#take(step);
      return step.sentAt;
    }
    if (now < this.#notBefore) {
      this.#events.cannotRun(now, this.#why);
      return null;
    }
    this.#start(gap, now);
    return this.#talk === null ? null : now;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#drop();
    await this.#gone;
  }

  #hasHung({ running, gap }: PingTalk, now: number): boolean {
    return running && now - this.#heardAt > HUNG.gaps * gap + HUNG.more;
  }

  #drop(): void {
    if (this.#child !== null) this.#gone = Promise.all([this.#gone, this.#child.end()]);
    this.#child = null;
    this.#talk = null;
  }

  #start(gap: number, now: number): void {
    this.#startedAt = now;
    this.#heardAt = now;
    this.#child = startLineChild({
      file: "ping",
      args: pingArguments(this.#options, gap),
      onLines: (lines) => {
        for (const line of lines) this.#heard(line);
      },
      onComplaint: (line) => this.#complained(line),
      onEnd: (why) => this.#ended(why),
    });
    if (this.#child.pid !== null) this.#talk = startTalk(gap, now);
  }

  #heard(text: string): void {
    const line = readPingLine(text, this.#options.target);
    if (line === null || this.#talk === null) return;
    const now = performance.now();
    this.#heardAt = now;
    this.#take(hearPing(this.#talk, line, now));
  }

  #take({ talk, signal, events }: PingStep): void {
    this.#talk = talk;
    if (signal !== null) this.#child?.signal(signal);
    for (const event of events) {
      if (event.kind === "answered") this.#events.answered(event.sentAt, event.rtt);
      else this.#events.sent(event.sentAt, event.extra);
    }
  }

  #complained(line: string): void {
    const why = readPingComplaint(line, hex(this.#options.mark));
    if (why === null) return;
    this.#drop();
    this.#failed(why);
  }

  #ended(why: string): void {
    this.#child = null;
    this.#talk = null;
    this.#failed(`ping: ${escapeLine(why)}`);
  }

  #failed(why: string): void {
    if (this.#closed) return;
    const now = performance.now();
    this.#wait = nextWait(this.#wait, now - this.#startedAt, BACK_OFF);
    this.#notBefore = now + this.#wait;
    this.#why = why;
    this.#events.abandoned();
    this.#events.cannotRun(now, why);
    this.#events.doubted();
  }
}
