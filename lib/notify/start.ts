/** Starts the program that tells others (`main.ts`), apart from whoever has something to tell. */

import { existsSync } from "node:fs";
import { readText, writeWhole } from "../state/files.ts";
import { PATHS } from "../state/paths.ts";
import { ordinaryGroup } from "../watch/ordinary-group.ts";
import { tellerCode } from "./late.ts";

/** What runs a command outside of our own unit, or, where there is no systemd that would, here. */
const APART = 'systemd-run --quiet --collect --description="Waymark: telling" -- "$@" || exec "$@"';

/**
 * Starts it in a session of its own, with nothing of the caller's: neither its output nor the lock. A unit of its own keeps
 * it alive when the caller's unit ends (ppp@.service takes all its processes along), and out of that unit's sandbox.
 * Does not wait for it.
 * @returns false: this is no built file, there is nothing to start
 * @throws what the file system says
 */
export async function startTeller(): Promise<boolean> {
  const code = tellerCode();
  if (code === null) return false;
  if (readText(PATHS.teller) !== code) writeWhole(PATHS.teller, code, 0o600);
  const node = [process.execPath, PATHS.teller];
  const isApart = existsSync("/run/systemd/system");
  const [file = "", ...args] = isApart ? ["/bin/sh", "-c", APART, "sh", ...node] : node;
  const env = { PATH: process.env.PATH ?? "/usr/sbin:/usr/bin:/sbin:/bin" };
  // Loaded late: few events have anything to tell.
  const { spawn } = await import("node:child_process");
  const child = spawn(file, args, { cwd: "/", env, stdio: "ignore", detached: true, ...ordinaryGroup() });
  // What cannot be started now is told with the next event.
  child.on("error", () => undefined);
  child.unref();
  return true;
}
