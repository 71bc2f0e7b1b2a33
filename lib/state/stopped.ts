/** Whether Waymark keeps still. */

import { existsSync, statSync } from "node:fs";
import { PATHS } from "./paths.ts";

/** As the hooks' front has it: `stop` holds until `apply`; a configuration that is newer ends it. */
export function isStopped(): boolean {
  const at = (path: string) => (existsSync(path) ? statSync(path).mtimeMs : Number.NEGATIVE_INFINITY);
  const config = at(PATHS.config);
  return at(PATHS.stopped) > config || at(PATHS.takenBack) > config;
}
