/** Starts the program that tells others (`main.ts`), apart from whoever has something to tell. */

import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { readText, writeWhole } from "../state/files.ts";
import { PATHS } from "../state/paths.ts";
import { ordinaryGroup } from "../watch/ordinary-group.ts";
import { tellerCode } from "./late.ts";

/** What runs a command outside of our own unit; it ends as soon as systemd has begun to. */
const APART = ["systemd-run", "--quiet", "--collect", "--description=Waymark: telling", "--"] as const;

/** Longer than systemd ever takes, unless its bus hangs: nobody is to wait for that. Milliseconds. */
const LONGEST = 5_000;

/**
 * Starts it in a session of its own, with nothing of the caller's: neither its output nor the lock. A unit of its own keeps
 * it alive when the caller's unit ends (ppp@.service takes all its processes along), and out of that unit's sandbox. So
 * where there is systemd, this waits until it has taken over: whoever called us may end our unit as soon as we let him
 * go. What is told then, and how long that takes, is waited for by nobody.
 * @returns false: this is no built file, there is nothing to start
 * @throws what the file system says
 */
export async function startTeller(): Promise<boolean> {
  const code = tellerCode();
  if (code === null) return false;
  if (readText(PATHS.teller) !== code) writeWhole(PATHS.teller, code, 0o600);
  const teller = [process.execPath, PATHS.teller];
  if (!existsSync("/run/systemd/system")) await start(teller);
  else if ((await endOf(await start([...APART, ...teller]))) === "failed") await start(teller);
  return true;
}

async function start([file = "", ...args]: readonly string[]): Promise<ChildProcess> {
  // Loaded late: few events have anything to tell.
  const { spawn } = await import("node:child_process");
  const env = { PATH: process.env.PATH ?? "/usr/sbin:/usr/bin:/sbin:/bin" };
  const child = spawn(file, args, { cwd: "/", env, stdio: "ignore", detached: true, ...ordinaryGroup() });
  // What cannot be started now is told with the next event.
  child.on("error", () => undefined);
  child.unref();
  return child;
}

/** How it ends, if it does so in time. */
function endOf(child: ChildProcess): Promise<"well" | "failed" | "late"> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve("late"), LONGEST);
    const end = (how: "well" | "failed") => {
      clearTimeout(timer);
      resolve(how);
    };
    child.on("error", () => end("failed"));
    child.on("exit", (status) => end(status === 0 ? "well" : "failed"));
  });
}
