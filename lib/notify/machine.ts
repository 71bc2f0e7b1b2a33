/** Telling on this machine: its queue, its lock, its processes. */

import { type ChildProcess, spawn } from "node:child_process";
import type { LogLine } from "../log.ts";
import { PATHS } from "../state/paths.ts";
import type { NoticeEdge, ProgramEnd } from "./deliver.ts";
import { takeLock } from "./lock.ts";
import { findPrograms } from "./programs.ts";
import { readBatch, removeBatch, waiting } from "./queue.ts";

/** What a program finds beside the notice, and nothing else. */
const PLAIN = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  HOME: "/root",
  LANG: "C",
} as const;

/** Milliseconds. */
export interface NoticeTimes {
  readonly limit: number;
  /** From SIGTERM to SIGKILL. */
  readonly grace: number;
}

export const NOTICE_TIMES: NoticeTimes = { limit: 30_000, grace: 5_000 };

/** @param say where what goes wrong is told */
export function noticeMachine(
  say: (lines: readonly LogLine[]) => void,
  queue: string = PATHS.notices,
  directory: string = PATHS.notifyDirectory,
  times: NoticeTimes = NOTICE_TIMES,
): NoticeEdge {
  return {
    lock: () => takeLock(`${queue}/lock`),
    waiting: () => waiting(queue),
    read: (name) => readBatch(queue, name),
    remove: (name) => removeBatch(queue, name),
    programs: () => findPrograms(directory),
    run: (path, environment) => runProgram(path, environment, times),
    say,
  };
}

/** As much of what a program says is kept as holds its last line. */
const TAIL = 4096;
/** Behind its end, for what is still in the pipe. What it left running may hold the pipe for ever. */
const LINGER_MS = 100;

/**
 * Runs a program without a shell and without anything of ours but the notice, in a process group of its own.
 * A program may leave something running that takes longer; it is only ended with a program that ran out of time.
 */
function runProgram(
  path: string,
  notice: Readonly<Record<string, string>>,
  { limit, grace }: NoticeTimes,
): Promise<ProgramEnd> {
  return new Promise((resolve) => {
    const env = { ...PLAIN, ...notice };
    const child = spawn(path, [], { cwd: "/", env, stdio: ["ignore", "pipe", "pipe"], detached: true });
    let tail = "";
    let why: string | null = null;
    const hear = (text: string) => {
      tail = (tail + text).slice(-TAIL);
    };
    child.stdout.setEncoding("utf8").on("data", hear);
    child.stderr.setEncoding("utf8").on("data", hear);
    const timers = [
      setTimeout(() => {
        why = `ended after ${limit / 1000} s`;
        signalGroup(child, "SIGTERM");
      }, limit),
      setTimeout(() => signalGroup(child, "SIGKILL"), limit + grace),
    ];
    const end = (status: number | null) => {
      for (const timer of timers) clearTimeout(timer);
      child.stdout.destroy();
      child.stderr.destroy();
      resolve({ status, why, words: lastLine(tail) });
    };
    child.on("error", (error) => {
      why = `cannot be run: ${error.message}`;
      end(null);
    });
    child.on("exit", (status) => {
      // The program heeded the signal; what it started may not have.
      if (why !== null) signalGroup(child, "SIGKILL");
      const linger = setTimeout(() => end(status), LINGER_MS);
      timers.push(linger);
    });
    child.on("close", (status) => end(status));
  });
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

function lastLine(text: string): string {
  const lines = text.split(/[\r\n]+/).map((line) => line.trim());
  return (lines.filter((line) => line !== "").at(-1) ?? "").slice(0, 200);
}
