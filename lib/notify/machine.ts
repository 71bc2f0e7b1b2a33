/** Telling on this machine: its queue, its lock, its processes. */

import type { LogLine } from "../log.ts";
import { PATHS } from "../state/paths.ts";
import { runChild } from "./child.ts";
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
    wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    say,
  };
}

/**
 * Runs a program without a shell and without anything of ours but the notice. What it leaves running is only ended with
 * one that ran out of time.
 */
async function runProgram(
  path: string,
  notice: Readonly<Record<string, string>>,
  { limit, grace }: NoticeTimes,
): Promise<ProgramEnd> {
  const { status, why, said } = await runChild(path, [], { env: { ...PLAIN, ...notice }, limit, grace });
  return { status, why, words: lastLine(said) };
}

function lastLine(text: string): string {
  const lines = text.split(/[\r\n]+/).map((line) => line.trim());
  return (lines.filter((line) => line !== "").at(-1) ?? "").slice(0, 200);
}
