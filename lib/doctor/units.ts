/** systemd's units and running programs, as files and processes show them: that holds where systemd is not asked. */

import { basename } from "node:path";
import type { Facts, Process } from "./facts.ts";

/** Whether a unit is started at boot: some target or unit wants it. */
export function isEnabled({ entries }: Facts, unit: string): boolean {
  return Object.keys(entries).some(
    (path) =>
      path.startsWith("/etc/systemd/system/") &&
      /\.(wants|requires)\/[^/]+$/.test(path) &&
      basename(path) === unit,
  );
}

export function isMasked({ entries }: Facts, unit: string): boolean {
  return entries[`/etc/systemd/system/${unit}`]?.link === "/dev/null";
}

/** Processes of a program, by its own name or that of the script that an interpreter runs. */
export function processesOf({ processes }: Facts, program: string): Process[] {
  return processes.filter(({ words }) => words.slice(0, 2).some((word) => basename(word) === program));
}

export function runs(facts: Facts, program: string): boolean {
  return processesOf(facts, program).length > 0;
}

/** Whether Waymark's own long-running part is there, by the name that it gives itself: it sees and repairs what nobody tells. */
export function isWatching(facts: Facts): boolean {
  return runs(facts, "waymark-watch");
}
