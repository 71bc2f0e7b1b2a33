/** The one place that starts processes on the hot path. */

import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command, Result } from "./command.ts";

/** No tool here needs more than a second; a hung one must not hold the lock for ever. */
const TIME_LIMIT_MS = 15_000;

/** Children see a fixed locale, so that their words can be matched, and the caller's PATH. */
const CHILD_ENV = { PATH: process.env["PATH"] ?? "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C" };

/**
 * Runs a command without a shell, with its own pipes: no child ever holds the hook's output.
 * @returns the result, also when the program is missing (exitCode null, the reason in stderr).
 */
export async function run(command: Command): Promise<Result> {
  let file: number | null = null;
  try {
    if (command.inputAsFile === true) file = openInput(command.input ?? "");
  } catch (error) {
    return { exitCode: null, stdout: "", stderr: `cannot write its input: ${(error as Error).message}` };
  }
  return start(command, file);
}

function start(command: Command, file: number | null): Promise<Result> {
  return new Promise((resolve) => {
    const stdin = file ?? (command.input === undefined ? "ignore" : "pipe");
    const child = spawn(command.file, [...command.args], { stdio: [stdin, "pipe", "pipe"], env: CHILD_ENV });
    if (file !== null) closeSync(file);
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    const text = (chunks: Buffer[]) => Buffer.concat(chunks).toString("utf8");
    const timer = setTimeout(() => {
      err.push(Buffer.from(`ended after ${TIME_LIMIT_MS / 1000} s\n`));
      child.kill("SIGKILL");
    }, TIME_LIMIT_MS);
    child.stdout?.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr?.on("data", (chunk: Buffer) => err.push(chunk));
    child.on("error", (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      const why = error.code === "ENOENT" ? `${command.file} is not installed or not in PATH` : error.message;
      resolve({ exitCode: null, stdout: "", stderr: why });
    });
    child.on("close", (exitCode) => {
      clearTimeout(timer);
      resolve({ exitCode, stdout: text(out), stderr: text(err) });
    });
    if (command.input !== undefined && child.stdin !== null) {
      // A child that ends before it has read everything closes the pipe; its status tells why.
      child.stdin.on("error", () => undefined);
      child.stdin.end(command.input);
    }
  });
}

/** A file that has no name any more, open for reading. */
function openInput(text: string): number {
  const directory = mkdtempSync(join(tmpdir(), "waymark-"));
  try {
    const path = join(directory, "input");
    writeFileSync(path, text, { mode: 0o600 });
    return openSync(path, "r");
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
