/** Where Node begins in a hook: it loads the program, and says what stopped it. */

import { closeSync, fstatSync, writeSync } from "node:fs";
import type { EventSource } from "../event/event.ts";
import { isFromCache, keepCode, loadProgram } from "./late.ts";

/** EX_SOFTWARE of sysexits(3). */
const DAMAGED = 70;

/**
 * Runs the hook of this name to its end. Never rejects.
 * @param source which hook this is
 * @param entries the event as the front hands it on: empty when it lies in the spool
 */
export async function runHook(source: EventSource, entries: readonly string[]): Promise<void> {
  try {
    const { runHook: run } = await loadProgram();
    keepCode(await run(source, entries));
    unlock();
  } catch (error) {
    // It may be the code cache, whose contents V8 trusts: the front takes it away and starts Node once more.
    if (isFromCache()) process.exit(DAMAGED);
    try {
      // Not process.stdout: making it a stream costs a hook an eighth of what bare Node costs.
      writeSync(1, `<3>${source}: ${String(error).replace(/[^ -~]+/g, " ")}\n`);
    } catch {
      // Nobody listens any more, and there is nowhere else to say it.
    }
  }
}

/** What flock(1) opened for the front, which keeps other numbers than 0 to 2 free for it: the directory that is the lock. */
const LOCK = 3;
/** Our ends of the front's pipes: what is left in one that is still open would be read by the next event's Node. */
const PIPES = [0, 7] as const;

/** Lets the next event in while this process ends, which takes as long as a fifth of an event. */
function unlock(): void {
  try {
    if (!fstatSync(LOCK).isDirectory()) return;
    // Without the front's pipes the second number is one that Node uses itself.
    if (fstatSync(PIPES[0]).isFIFO()) for (const pipe of PIPES) closeSync(pipe);
    closeSync(LOCK);
  } catch {
    // Started without a lock: there is none to let go.
  }
}
