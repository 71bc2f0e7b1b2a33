/** The processes of this network namespace: those of another one look after other devices. */

import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { Process } from "../facts.ts";

const LONGEST = 256;

/** All but our own. */
export function lookAtProcesses(): Process[] {
  const own = namespaceOf("self");
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name): Process[] => {
      // Kernel threads have no words, and a process may end at any time.
      if (namespaceOf(name) !== own) return [];
      const words = wordsOf(name);
      return words.length === 0 ? [] : [{ pid: Number(name), words }];
    });
}

function namespaceOf(pid: string): string | null {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return null;
  }
}

function wordsOf(pid: string): string[] {
  try {
    const text = readFileSync(`/proc/${pid}/cmdline`, "utf8");
    const words = text.split("\0").filter((word) => word !== "");
    // What calls itself something (setproctitle) is one long word.
    const split = words.length === 1 ? (words[0] ?? "").split(" ") : words;
    return split.map((word) => word.slice(0, LONGEST));
  } catch {
    return [];
  }
}
