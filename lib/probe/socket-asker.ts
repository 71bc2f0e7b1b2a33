/** Asks a target through sockets: an attempt for each probe, overlapping, and late answers waited for. */

import { LATE_MS } from "./agenda.ts";
import type { Asker, AskerEvents } from "./asker.ts";
import type { Attempt } from "./attempt.ts";

/** So many attempts may be open at a time: the oldest are given up first. */
const MOST_OPEN = 64;

/** @param timeout milliseconds; attempts are given up a while behind it */
export function socketAsker(attempt: Attempt, timeout: number, events: AskerEvents): Asker {
  return new SocketAsker(attempt, timeout, events);
}

class SocketAsker implements Asker {
  readonly hurries = false;
  readonly #attempt: Attempt;
  readonly #patience: number;
  readonly #events: AskerEvents;
  /** How to give up each that is open, by when it was begun; oldest first. */
  readonly #open = new Map<number, () => void>();

  constructor(attempt: Attempt, timeout: number, events: AskerEvents) {
    this.#attempt = attempt;
    this.#patience = timeout + LATE_MS;
    this.#events = events;
  }

  ask(now: number): number {
    this.#tidy(now);
    const giveUp = this.#attempt((end) => {
      // The answer may belong to an attempt that was given up a moment ago.
      if (!this.#open.delete(now)) return;
      if (end.kind === "answered") {
        this.#events.answered(now, performance.now() - now);
        return;
      }
      if (end.kind === "wrong") this.#events.wrong(now, end.why);
      else this.#events.cannotRun(now, end.why);
      this.#events.doubted();
    });
    this.#open.set(now, giveUp);
    return now;
  }

  async close(): Promise<void> {
    for (const giveUp of this.#open.values()) giveUp();
    this.#open.clear();
  }

  #tidy(now: number): void {
    for (const [begun, giveUp] of this.#open) {
      if (begun + this.#patience > now && this.#open.size < MOST_OPEN) return;
      this.#open.delete(begun);
      giveUp();
    }
  }
}
