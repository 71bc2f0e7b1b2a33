/** From the configuration in force to what reconciling wants to know. */

import type { System } from "../state/system.ts";
import type { Order } from "./world.ts";

/** @throws Error when no configuration was ever good; its message says what is wrong with the file */
export function orderOf(system: System): Order {
  if (system.config === null) throw new Error(system.error ?? "nothing is configured");
  return {
    config: system.config,
    numbers: system.numbers,
    prefixFiles: system.prefixFiles,
  };
}
