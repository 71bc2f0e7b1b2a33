/** Locks of those who work behind the hooks' backs; the hooks' own is taken by their shell front. */

import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Takes a lock, if nobody has it. flock(2) is not to be had from Node, so a flock(1) holds it for as long as its standard
 * input is open: should we be killed, it ends too.
 * @param path of a file, which is made if there is none
 * @returns what gives it back; null: somebody has it
 */
export async function takeLock(path: string): Promise<(() => Promise<void>) | null> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  const env = { PATH: process.env.PATH ?? "/usr/sbin:/usr/bin:/sbin:/bin" };
  const args = ["-n", path, "sh", "-c", "echo; exec cat"];
  const holder = spawn("flock", args, { stdio: ["pipe", "pipe", "ignore"], env });
  const over = new Promise<void>((resolve) => {
    holder.on("error", () => resolve());
    holder.on("exit", () => resolve());
  });
  holder.stdin.on("error", () => undefined);
  const isHeld = new Promise<true>((resolve) => holder.stdout.once("data", () => resolve(true)));
  if ((await Promise.race([isHeld, over.then(() => false)])) !== true) return null;
  return () => {
    holder.stdin.end();
    return over;
  };
}
