/** Programs of others that are run to their end, beside everything else, and not longer than they may. */

import { type ChildProcess, spawn } from "node:child_process";
import type { Readable } from "node:stream";

export interface ChildOptions {
  /** The whole environment: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** Standard input; none if not given. */
  readonly input?: string;
  /** Milliseconds until SIGTERM, and from there to SIGKILL. */
  readonly limit: number;
  readonly grace: number;
}

export interface ChildEnd {
  /** null: it was ended by a signal, or never started. */
  readonly status: number | null;
  /** Why it did not end by itself, in words; null: it did. */
  readonly why: string | null;
  /** The end of what it said on standard output, on standard error, and on both as it came. */
  readonly out: string;
  readonly err: string;
  readonly said: string;
}

/** As much of what a program says is kept, characters: no tool that is asked something here says more. */
const TAIL = 16 * 1024;
/** Behind its end, for what is still in the pipes. What it left running may hold them for ever. */
const LINGER_MS = 100;

/**
 * Runs a program in `/`, without a shell, in a process group of its own, which is ended whole when its time is over. Never
 * rejects.
 */
export function runChild(file: string, args: readonly string[], options: ChildOptions): Promise<ChildEnd> {
  const { env, input, limit, grace } = options;
  return new Promise((resolve) => {
    const kept = { out: "", err: "", said: "" };
    let why: string | null = null;
    const timers: NodeJS.Timeout[] = [];
    const end = (status: number | null) => {
      for (const timer of timers) clearTimeout(timer);
      resolve({ status, why, ...kept });
    };
    const stdin = input === undefined ? "ignore" : "pipe";
    const child = startChild(file, args, { cwd: "/", env, stdio: [stdin, "pipe", "pipe"], detached: true });
    if (child instanceof Error) {
      why = `cannot be run: ${child.message}`;
      end(null);
      return;
    }
    const hear = (stream: Readable | null, name: "out" | "err") =>
      stream?.setEncoding("utf8").on("data", (text: string) => {
        kept[name] = (kept[name] + text).slice(-TAIL);
        kept.said = (kept.said + text).slice(-TAIL);
      });
    hear(child.stdout, "out");
    hear(child.stderr, "err");
    // Who does not read all of it tells why by its status.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input);
    const isLate = () => {
      why = `ended after ${limit / 1000} s`;
      signalGroup(child, "SIGTERM");
    };
    timers.push(
      setTimeout(isLate, limit),
      setTimeout(() => signalGroup(child, "SIGKILL"), limit + grace),
    );
    child.on("error", (error) => {
      why = `cannot be run: ${error.message}`;
      end(null);
    });
    const close = (status: number | null) => {
      child.stdout?.destroy();
      child.stderr?.destroy();
      end(status);
    };
    child.on("exit", (status) => {
      // The program heeded the signal; what it started may not have.
      if (why !== null) signalGroup(child, "SIGKILL");
      timers.push(setTimeout(() => close(status), LINGER_MS));
    });
    child.on("close", close);
  });
}

/** Most of what stops a program from being started comes as an event, the rest (E2BIG, ENOMEM) is thrown. */
function startChild(...words: Parameters<typeof spawn>): ChildProcess | Error {
  try {
    return spawn(...words);
  } catch (error) {
    return error as Error;
  }
}

function signalGroup({ pid }: ChildProcess, signal: "SIGTERM" | "SIGKILL"): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    // Nobody of the group is left.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
