/** The lines that a long-running program prints. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { escapeLine } from "../log.ts";

/** Children see a fixed locale, and the caller's PATH. */
const CHILD_ENV = { PATH: process.env.PATH ?? "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C" };

/**
 * Runs a program without a shell and yields what it prints, line by line, until it ends or nobody reads on; then it is
 * ended. What it says on standard error goes to ours.
 * @throws Error when it cannot be started, or fails
 */
export async function* childLines(file: string, args: readonly string[]): AsyncGenerator<string> {
  const child = spawn(file, [...args], { stdio: ["ignore", "pipe", "pipe"], env: CHILD_ENV });
  const end = () => child.kill();
  process.on("exit", end);
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = `${said}${text}`.slice(-2000);
  });
  const over = once(child, "close") as Promise<[number | null]>;
  // An error is met where it is waited for.
  over.catch(() => undefined);
  try {
    for await (const line of createInterface({ input: child.stdout })) yield line;
    const [status] = await over;
    if (status !== 0) throw new Error(`${file}: exit ${status}: ${escapeLine(said.trim())}`);
    if (said.trim() !== "") process.stderr.write(`${escapeLine(said.trim())}\n`);
  } finally {
    process.off("exit", end);
    end();
  }
}
