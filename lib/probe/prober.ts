/**
 * Probes that truly leave by their uplink.
 *
 *     const prober = openProber({ say: (line) => …journal… });
 *     const probe = prober.start(spec, (result) => { health = heard(health, result, performance.now()); });
 *     prober.pathsChanged();          // behind every change of routes, rules, addresses, packet filter
 *     probe.stop();                   // another address, device or check: stop it, and start another
 *     await prober.stop();            // no process and no socket is left
 *
 * Which way a probe would go is asked of the kernel before the first one, behind every change, when something looks odd,
 * and each minute. Where it is not the uplink's own, nothing is sent: the result is "cannot-run" and says why, or "lost"
 * if the uplink has no way at all. tcp, dns and http need the process to be of `PROBE_GROUP` (see plan/probe-marks.ts),
 * ping needs CAP_NET_ADMIN and CAP_NET_RAW.
 *
 * Times in results are performance.now(). There is one `ping` process for each target that is pinged, and none for the
 * others.
 */

import type { ProbeResult } from "../health/probe-result.ts";
import type { Run } from "../kernel/command.ts";
import { PRIORITY as LOG, type LogLine } from "../log.ts";
import { PROBE_GROUP } from "../plan/layout.ts";
import { messageOf } from "../state/files.ts";
import { askPaths, type PathAnswer, type PathWant } from "./ask-paths.ts";
import { ProbeRun, type ProbeSpec } from "./probe-run.ts";
import { runBeside } from "./run-beside.ts";

export type { ProbeSpec } from "./probe-run.ts";

export interface Probe {
  /** Resolves when nothing of it is left; nothing more is told from now on. */
  stop(): Promise<void>;
}

export interface Prober {
  start(spec: ProbeSpec, onResult: (result: ProbeResult) => void): Probe;
  /** Routes, rules, addresses or the packet filter may have changed: the ways are asked for anew, soon. */
  pathsChanged(): void;
  stop(): Promise<void>;
}

export interface ProberOptions {
  say(line: LogLine): void;
  /** Must not block: it runs while probes are under way. */
  readonly run?: Run;
}

export function openProber({ say, run = runBeside }: ProberOptions): Prober {
  return new PathAwareProber(say, run);
}

/** Behind the last time, milliseconds. */
const ASK_AGAIN = {
  /** Something changed, or began. */
  changed: 200,
  /** A probe's error looks as if. */
  doubted: 5000,
  /** Nothing did. */
  anyway: 60_000,
} as const;

class PathAwareProber implements Prober {
  readonly #say: (line: LogLine) => void;
  readonly #run: Run;
  readonly #runs = new Set<ProbeRun>();
  #timer: NodeJS.Timeout | null = null;
  /** When the timer is to end. */
  #dueAt = Number.POSITIVE_INFINITY;
  #askedAt = Number.NEGATIVE_INFINITY;
  #asking: Promise<void> | null = null;
  #again = false;
  #complaint = "";
  #stopped = false;

  constructor(say: (line: LogLine) => void, run: Run) {
    this.#say = say;
    this.#run = run;
  }

  start(spec: ProbeSpec, onResult: (result: ProbeResult) => void): Probe {
    const run = new ProbeRun(spec, {
      onResult,
      onWants: () => this.pathsChanged(),
      onDoubt: () => this.#ask(ASK_AGAIN.doubted),
    });
    this.#runs.add(run);
    this.pathsChanged();
    return {
      stop: () => {
        this.#runs.delete(run);
        return run.stop();
      },
    };
  }

  pathsChanged(): void {
    this.#ask(ASK_AGAIN.changed);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await Promise.all([...[...this.#runs].map((run) => run.stop()), this.#asking]);
    this.#runs.clear();
  }

  /** Asks for all ways, at once if the last time is `apart` ago. */
  #ask(apart: number): void {
    const at = Math.max(performance.now(), this.#askedAt + apart);
    if (this.#stopped || at >= this.#dueAt) return;
    this.#dueAt = at;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#begin(), at - performance.now());
  }

  #begin(): void {
    this.#dueAt = Number.POSITIVE_INFINITY;
    if (this.#asking !== null) {
      // The answer that is awaited may be of the time before.
      this.#again = true;
      return;
    }
    this.#asking = this.#askNow().finally(() => {
      this.#asking = null;
      this.#ask(this.#again ? ASK_AGAIN.changed : ASK_AGAIN.anyway);
      this.#again = false;
    });
  }

  async #askNow(): Promise<void> {
    this.#askedAt = performance.now();
    const asked = [...this.#runs].map((run) => ({ run, wants: run.wants() }));
    const wants = asked.flatMap((each) => each.wants);
    const answers = await this.#answers(wants);
    let place = 0;
    for (const { run, wants: own } of asked) {
      run.found(answers === null ? null : answers.slice(place, place + own.length), own);
      place += own.length;
    }
  }

  async #answers(wants: readonly PathWant[]): Promise<PathAnswer[] | null> {
    let complaint = "";
    let answers: PathAnswer[] | null = null;
    try {
      answers = await askPaths(this.#run, wants, process.getegid?.() === PROBE_GROUP);
      if (answers === null) complaint = "cannot read what ip says of the ways that probes go";
    } catch (error) {
      complaint = `cannot ask which way probes go: ${messageOf(error)}`;
    }
    if (complaint !== "" && complaint !== this.#complaint)
      this.#say({ priority: LOG.warning, text: complaint });
    this.#complaint = complaint;
    return answers;
  }
}
