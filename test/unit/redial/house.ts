/** A house where lines are dialled, with a clock that is turned by hand. */

import type { LogLine } from "../../../lib/log.ts";
import type { UplinkState } from "../../../lib/plan/uplink-state.ts";
import type { DialProcess } from "../../../lib/redial/dial-process.ts";
import { type DialEdge, type DialEnd, type KeptDials, Redialler } from "../../../lib/redial/redialler.ts";
import { aLink, planOf } from "../plan/support.ts";

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

export class DialHouse implements DialEdge {
  clock = 100_000;
  /** `100000 gsm: pon gsm` */
  readonly dialled: string[] = [];
  readonly signals: string[] = [];
  readonly told: string[] = [];
  /** What pppd dials on its own account. */
  readonly atIt = new Set<string>();
  /** Programs that cannot be started. */
  readonly missing = new Set<string>();
  kept: KeptDials = {};
  saves = 0;
  readonly #timers = new Set<Timer>();
  readonly #ends = new Map<number, DialEnd | null>();
  readonly #changed = new Map<number, () => void>();
  #pid = 4000;

  now(): number {
    return this.clock;
  }

  chance(): number {
    return 0.5;
  }

  start({ uplink }: UplinkState, argv: readonly string[], changed: () => void): DialProcess {
    if (this.missing.has(argv[0] ?? "")) throw new Error(`there is no program ${argv[0]}`);
    this.dialled.push(`${this.clock} ${uplink.name}: ${argv.join(" ")}`);
    const pid = ++this.#pid;
    this.#ends.set(pid, null);
    this.#changed.set(pid, changed);
    return { pid, startTime: String(this.clock), unit: null };
  }

  endOf(_uplink: string, { pid }: DialProcess): DialEnd | null {
    const end = this.#ends.get(pid);
    return end === undefined ? { status: null, words: "" } : end;
  }

  end({ pid }: DialProcess, signal: string): void {
    this.signals.push(`${this.clock} ${signal} ${pid}`);
    if (signal === "SIGKILL") this.finish({ status: null, words: "" }, pid);
  }

  isDialled(names: readonly string[]): boolean {
    return names.some((name) => this.atIt.has(name));
  }

  after(milliseconds: number, callback: () => void): () => void {
    const timer = { at: this.clock + milliseconds, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  load(): KeptDials {
    return this.kept;
  }

  save(dials: KeptDials): void {
    this.saves++;
    this.kept = structuredClone(dials);
  }

  say(lines: readonly LogLine[]): void {
    this.told.push(...lines.map(({ priority, text }) => `<${priority}> ${text}`));
  }

  /** The dial that was begun last ends. */
  finish(end: DialEnd, pid = this.#pid): void {
    this.#ends.set(pid, end);
    this.#changed.get(pid)?.();
  }

  /** The dial that was begun last ends, and nobody hears of it. */
  die(): void {
    this.#ends.set(this.#pid, { status: null, words: "" });
  }

  /** Lets the time pass. */
  pass(milliseconds: number): void {
    const end = this.clock + milliseconds;
    for (;;) {
      const [next] = [...this.#timers]
        .filter(({ at }) => at <= end)
        .sort((left, right) => left.at - right.at);
      if (next === undefined) break;
      this.clock = Math.max(this.clock, next.at);
      this.#timers.delete(next);
      next.callback();
    }
    this.clock = end;
  }

  get timers(): number {
    return this.#timers.size;
  }
}

/** Uplinks of the names given, dialled by `pon NAME`; those of `up` have a session. */
export function lines(names: readonly string[], up: readonly string[] = []): UplinkState[] {
  const text = names.map((name) => `[uplink.${name}]\ninterface = "${name}0"`).join("\n");
  const links = up.map((name) => aLink(`${name}0`, ["100.64.0.7"], { pointToPoint: true }));
  return planOf(text, { links }).uplinks.map((state) => ({
    ...state,
    uplink: { ...state.uplink, redial: ["pon", state.uplink.name] },
  }));
}

export function redialler(house: DialHouse): Redialler {
  return new Redialler(house);
}
