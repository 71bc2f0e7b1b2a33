/** What `waymark watch` last found out, if it is still there to find out more. */

import { readText } from "../state/files.ts";
import { PATHS } from "../state/paths.ts";
import type { HealthFile } from "./health.ts";
import { parseHealth, startTimeOf } from "./parse.ts";

/**
 * Reads `/run/waymark/health.json`: two small files, no process. Never throws.
 * @returns null when there is none, when it cannot be read or understood, or when the process that wrote it has ended:
 *   what nobody keeps up to date says nothing
 */
export function readHealth(path: string = PATHS.health): HealthFile | null {
  const health = parseHealth(textOf(path));
  return health !== null && startTimeOf(textOf(`/proc/${health.pid}/stat`)) === health.startTime
    ? health
    : null;
}

/** A process may end while its file is read (ESRCH), and what is no plain file has no text. */
function textOf(path: string): string {
  try {
    return readText(path) ?? "";
  } catch {
    return "";
  }
}
