/** Uplinks that were switched off by hand for longer than a reboot. */

import { readJson } from "./files.ts";
import { PATHS } from "./paths.ts";
import type { State } from "./record.ts";

/** What `--persist` kept. */
export function manualSwitches(): State["manual"] {
  return readJson<State["manual"]>(PATHS.manual) ?? {};
}
