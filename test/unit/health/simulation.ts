/** A clock, a line and whoever probes it, all of them simulated. Times are milliseconds. */

import type { Check, CheckTarget } from "../../../lib/config/types.ts";
import {
  elapsed,
  type Health,
  heard,
  newHealth,
  type Transition,
  transition,
  wakeAt,
} from "../../../lib/health/machine.ts";
import { hurriedInterval, offset, overdueAfter } from "../../../lib/health/pace.ts";
import type { ProbeResult } from "../../../lib/health/probe-result.ts";

export const target = (name: string): CheckTarget => ({ name, family: 4, host: name, port: null });

/** A check as the file's defaults make it, of targets named a, b, c … */
export function aCheck(how: Partial<Check> = {}, targets = 1): Check {
  return {
    method: "ping",
    targets: Array.from({ length: targets }, (_, place) => target(String.fromCharCode(97 + place))),
    interval: 1000,
    timeout: 1000,
    downAfter: 3,
    upAfter: 5,
    quorum: 1,
    window: 20,
    maxLoss: null,
    maxLatency: null,
    downLoss: null,
    downLatency: null,
    expect: null,
    keyword: null,
    query: null,
    ...how,
  };
}

/** What a probe sent now meets: a round trip, no answer, or no probe at all. */
export type Line = (now: number, target: string) => number | null | "cannot-run";

/** Repeatable chance: mulberry32. */
export function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Happening {
  readonly at: number;
  readonly what: () => void;
}

/** Probes a line as the service does, with extra probes while an answer is overdue if `hurries`. */
export class Simulation {
  health: Health;
  now = 0;
  readonly transitions: Transition[] = [];
  sent = 0;
  readonly #line: Line;
  readonly #hurries: boolean;
  readonly #names: readonly string[];
  #queue: Happening[] = [];
  #heardAt = Number.NEGATIVE_INFINITY;
  #hurrying = false;

  constructor(check: Check, line: Line, hurries = true, begin = 0) {
    this.health = newHealth(check, 4, 0);
    this.#line = line;
    this.#hurries = hurries;
    this.#names = check.targets.map(({ name }) => name);
    this.#names.forEach((name, place) => {
      this.#at(begin + offset(check, place, this.#names.length), () => this.#ask(name));
    });
  }

  /** Lets time pass up to `end`. */
  runTo(end: number): this {
    for (;;) {
      const wake = wakeAt(this.health) ?? Number.POSITIVE_INFINITY;
      const first = this.#queue.reduce<Happening | null>(
        (best, one) => (best !== null && best.at <= one.at ? best : one),
        null,
      );
      const next = Math.min(wake, first?.at ?? Number.POSITIVE_INFINITY);
      if (next > end) break;
      this.now = next;
      if (first !== null && first.at <= wake) {
        this.#queue = this.#queue.filter((one) => one !== first);
        first.what();
      } else this.#become(elapsed(this.health, next));
    }
    this.now = end;
    return this;
  }

  #at(at: number, what: () => void): void {
    this.#queue.push({ at, what });
  }

  #ask(name: string): void {
    this.#send(name, false);
    this.#at(this.now + this.health.check.interval, () => this.#ask(name));
  }

  #send(name: string, extra: boolean): void {
    const sentAt = this.now;
    const met = this.#line(sentAt, name);
    this.sent++;
    if (met === "cannot-run") {
      this.#tell({ outcome: "cannot-run", target: name, sentAt, why: "no program" });
      return;
    }
    const { timeout } = this.health.check;
    if (met === null || met > timeout) {
      this.#at(sentAt + timeout, () => this.#tell({ outcome: "lost", target: name, sentAt, extra }));
    }
    if (met !== null) {
      this.#at(sentAt + met, () => {
        this.#heardAt = this.now;
        this.#tell({ outcome: "answered", target: name, sentAt, rtt: met, extra });
      });
    }
    if (this.#hurries) this.#at(sentAt + overdueAfter(this.health), () => this.#hurry(sentAt));
  }

  /** Asks more often as long as nobody was heard since the probe was sent whose answer is overdue. */
  #hurry(sentAt: number): void {
    if (this.#hurrying || this.#heardAt > sentAt || this.health.verdict === "down") return;
    this.#hurrying = true;
    const again = (place: number) => {
      if (this.#heardAt > sentAt || this.health.verdict === "down") {
        this.#hurrying = false;
        return;
      }
      this.#send(this.#names[place % this.#names.length] ?? "", true);
      this.#at(this.now + hurriedInterval(this.health.check), () => again(place + 1));
    };
    again(0);
  }

  #tell(result: ProbeResult): void {
    this.#become(heard(this.health, result, this.now));
  }

  #become(health: Health): void {
    const change = transition(this.health, health);
    if (change !== null) this.transitions.push(change);
    this.health = health;
  }
}
