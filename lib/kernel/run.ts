/** The one place that starts processes on the hot path. */

import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Command, Result } from "./command.ts";

/** No tool here needs more than a second; a hung one must not hold the lock for ever. */
const TIME_LIMIT_MS = 15_000;
/** Listings of 100,000 routes are larger than Node's own limit. */
const MOST_OUTPUT = 256 * 1024 * 1024;

/** Children see a fixed locale, so that their words can be matched, and the caller's PATH. */
const CHILD_ENV = { PATH: process.env.PATH ?? "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C" };

/**
 * Runs a command without a shell, with its own pipes: no child ever holds the hook's output. It is waited for where it
 * stands: the machinery of asynchronous children costs a hook more than the child itself.
 * @returns the result, also when the program is missing (exitCode null, the reason in stderr).
 */
export async function run(command: Command): Promise<Result> {
  let file: number | null = null;
  try {
    if (command.inputAsFile === true) file = await openInput(command.input ?? "");
    return await start(command, file);
  } catch (error) {
    return { exitCode: null, stdout: "", stderr: `cannot be started: ${(error as Error).message}` };
  } finally {
    if (file !== null) closeSync(file);
  }
}

async function start(command: Command, file: number | null): Promise<Result> {
  // Loaded late: most hooks find their tools started by their front.
  const { spawnSync } = await import("node:child_process");
  const done = spawnSync(command.file, [...command.args], {
    stdio: [file ?? (command.input === undefined ? "ignore" : "pipe"), "pipe", "pipe"],
    ...(command.input === undefined || file !== null ? {} : { input: command.input }),
    env: CHILD_ENV,
    encoding: "utf8",
    timeout: TIME_LIMIT_MS,
    killSignal: "SIGKILL",
    maxBuffer: MOST_OUTPUT,
  });
  const error = done.error as NodeJS.ErrnoException | undefined;
  if (error?.code === "ENOENT") {
    return { exitCode: null, stdout: "", stderr: `${command.file} is not installed or not in PATH` };
  }
  const why =
    error === undefined
      ? ""
      : `${error.code === "ETIMEDOUT" ? `ended after ${TIME_LIMIT_MS / 1000} s` : error.message}\n`;
  // EPIPE: a child that ended before it had read everything; its status tells why.
  return {
    exitCode: error === undefined || error.code === "EPIPE" ? done.status : null,
    stdout: done.stdout,
    stderr: `${done.stderr}${why}`,
  };
}

/** A file that has no name any more, open for reading. */
async function openInput(text: string): Promise<number> {
  const { tmpdir } = await import("node:os");
  const directory = mkdtempSync(join(tmpdir(), "waymark-"));
  try {
    const path = join(directory, "input");
    writeFileSync(path, text, { mode: 0o600 });
    return openSync(path, "r");
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
