/** What `waymark watch` last found out, if it is still there to find out more, or was a moment ago. */

import { readText } from "../state/files.ts";
import { PATHS } from "../state/paths.ts";
import type { HealthFile } from "./health.ts";
import { parseHealth, startTimeOf } from "./parse.ts";

/** While the watch is restarted no line that is known to be dead is to be taken up again. Milliseconds. */
const RESTART = 15_000;

/**
 * Reads `/run/waymark/health.json`: two small files, no process. Never throws.
 * @param now milliseconds since 1970
 * @returns null when there is none, when it cannot be read or understood, or when the process that wrote it has ended and
 *   nobody goes on: what is not kept up to date says nothing
 */
export function readHealth(path: string = PATHS.health, now: number = Date.now()): HealthFile | null {
  const health = parseHealth(textOf(path));
  return health !== null && (isWatched(health) || isRecent(health, now)) ? health : null;
}

/** Whether the process that wrote it lives. */
export function isWatched(health: HealthFile): boolean {
  return startTimeOf(textOf(`/proc/${health.pid}/stat`)) === health.startTime;
}

const isRecent = ({ written }: HealthFile, now: number) => written <= now && now < written + RESTART;

/** A process may end while its file is read (ESRCH), and what is no plain file has no text. */
function textOf(path: string): string {
  try {
    return readText(path) ?? "";
  } catch {
    return "";
  }
}
