/** A program that tells what changes in the kernel, kept running. */

import { escapeLine, PRIORITY as LOG, type LogLine } from "../log.ts";
import type { BackOff } from "./back-off.ts";
import type { Cause } from "./cause.ts";
import { KeptProcess } from "./kept-process.ts";
import { untilListening } from "./listening.ts";

export interface Heard {
  /** `others`: routes or rules that are not ours. */
  readonly kind: Cause | "others";
  /** The device that it is about. */
  readonly device?: string;
  /** The line, if something of ours was taken away. */
  readonly removed?: string;
}

/** What is done with what is heard. */
export interface Listener {
  heard(heard: Heard): void;
  say(line: LogLine): void;
}

export interface MonitorOptions {
  readonly file: string;
  readonly args: readonly string[];
  /** The netlink protocol that it listens to. */
  readonly protocol: number;
  onLine(line: string): void;
  /** It says something on standard error: it has missed something. */
  onComplaint(): void;
  /** It is certain that it listens. */
  onListening?(pid: number): void;
  onEnd?(): void;
}

export interface Monitor {
  /** It listens, or has ended instead. */
  readonly ready: Promise<void>;
  /** null: it does not run just now. */
  pid(): number | null;
  stop(): Promise<void>;
}

const BACK_OFF: BackOff = { first: 100, longest: 30_000, settled: 60_000 };
/** In words that fit into a message. */
const LONGEST = 160;

/** A line of the tool's, for a message. */
export function shortened(line: string): string {
  return escapeLine(line.slice(0, LONGEST));
}

/** Starts it. Whenever it begins to listen, what was before has to be looked at: that is heard as `listening`. */
export function startMonitor({ heard, say }: Listener, options: MonitorOptions): Monitor {
  let isReady = () => {};
  const ready = new Promise<void>((resolve) => {
    isReady = resolve;
  });
  let complained = false;
  const name = `${options.file} ${options.args.join(" ")}`;
  const kept = new KeptProcess({
    file: options.file,
    args: options.args,
    backOff: BACK_OFF,
    onLines: (lines) => {
      for (const line of lines) options.onLine(line);
    },
    onComplaint: () => options.onComplaint(),
    onStart: (pid) => {
      void untilListening(pid, options.protocol).then((listens) => {
        if (kept.pid !== pid) return;
        if (complained) say({ priority: LOG.info, text: `${name} runs again` });
        complained = false;
        if (listens) options.onListening?.(pid);
        heard({ kind: "listening" });
        isReady();
      });
    },
    onEnd: (why, wait) => {
      const text = `${name}: ${escapeLine(why)}: started again in ${wait} ms`;
      if (!complained) say({ priority: LOG.warning, text });
      complained = true;
      options.onEnd?.();
      isReady();
    },
  });
  return { ready, pid: () => kept.pid, stop: () => kept.stop() };
}
