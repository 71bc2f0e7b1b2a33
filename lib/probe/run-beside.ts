/** Runs a command while everything else goes on: nothing waits for it but who asked. */

import { execFile } from "node:child_process";
import type { Command, Result } from "../kernel/command.ts";

/** No tool here needs more than a second. */
const TIME_LIMIT_MS = 10_000;
const MOST_OUTPUT = 4 * 1024 * 1024;

/** Children see a fixed locale, so that their words can be matched, and the caller's PATH. */
const CHILD_ENV = { PATH: process.env.PATH ?? "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C" };

/** @returns the result, also when the program is missing (exitCode null, the reason in stderr) */
export function runBeside({ file, args, input }: Command): Promise<Result> {
  return new Promise((resolve) => {
    const options = {
      env: CHILD_ENV,
      cwd: "/",
      timeout: TIME_LIMIT_MS,
      killSignal: "SIGKILL",
      maxBuffer: MOST_OUTPUT,
    } as const;
    try {
      const child = execFile(file, [...args], options, (error, stdout, stderr) => {
        const status = error === null ? 0 : typeof error.code === "number" ? error.code : null;
        const why = status === null ? `${error?.message ?? ""}\n` : "";
        resolve({ exitCode: status, stdout, stderr: `${stderr}${why}` });
      });
      // A program that ends before it has read everything tells why by its status.
      child.stdin?.on("error", () => undefined);
      child.stdin?.end(input ?? "");
    } catch (error) {
      resolve({ exitCode: null, stdout: "", stderr: `cannot be started: ${(error as Error).message}` });
    }
  });
}
