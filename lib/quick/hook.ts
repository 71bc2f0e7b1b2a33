/** Where Node begins in a hook: it loads the program, and says what stopped it. */

import { writeSync } from "node:fs";
import type { EventSource } from "../event/event.ts";
import { keepCode, loadProgram } from "./late.ts";

/**
 * Runs the hook of this name to its end. Never rejects.
 * @param source which hook this is
 * @param entries the event as the front hands it on: empty when it lies in the spool
 */
export async function runHook(source: EventSource, entries: readonly string[]): Promise<void> {
  try {
    const { runHook: run } = await loadProgram();
    keepCode(await run(source, entries));
  } catch (error) {
    try {
      // Not process.stdout: making it a stream costs a hook an eighth of what bare Node costs.
      writeSync(1, `<3>${source}: ${String(error).replace(/[^ -~]+/g, " ")}\n`);
    } catch {
      // Nobody listens any more, and there is nowhere else to say it.
    }
  }
}
