/** The lock is flock(1) on the directory /run/waymark, taken by the shell front; here is what to say when it is not had. */

import { readFileSync, statSync } from "node:fs";
import { isAbsent } from "./state/files.ts";

/** The command line of whoever holds a lock on the directory, from /proc/locks (proc(5)); null: nobody, or not to be seen. */
function lockHolder(inode: number): string | null {
  try {
    const line = readFileSync("/proc/locks", "utf8")
      .split("\n")
      .find((entry) => entry.includes(" FLOCK ") && entry.includes(`:${inode} `) && !entry.includes("->"));
    const holder = /\bWRITE\s+(\d+)\s/.exec(line ?? "")?.[1];
    if (holder === undefined) return null;
    const words = readFileSync(`/proc/${holder}/cmdline`, "utf8").split("\0");
    return `process ${holder} (${shownCommand(words)})`;
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

/** A message has one line: no more of a command line is shown. */
const LONGEST = 200;

/**
 * A command line without what a hook's front gives its children as text: `sh -c TEXT FILE …` and `node -e TEXT -- FILE …`.
 * @param words as /proc/PID/cmdline has them
 */
export function shownCommand(words: readonly string[]): string {
  const shown =
    words[1] === "-c" && words.length > 4 ? words.slice(3, 4) : words[1] === "-e" ? words.slice(4) : words;
  return shown.join(" ").trim().slice(0, LONGEST);
}

/** What to say when the shell front waited for the lock in vain. @param lock the directory that is the lock */
export function lockTimeoutText(lock: string): string {
  const holder = lockHolder(statSync(lock).ino) ?? "a process that cannot be named";
  return `gave up: ${holder} has held the lock ${lock} for too long; what is left undone is done at the next event`;
}
