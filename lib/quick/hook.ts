/**
 * Where a hook begins: when nothing has changed since the last run ended well, it says so and ends; else the program
 * proper is loaded, which is most of the file and takes Node its time to read.
 */

import { readFileSync, rmSync } from "node:fs";
import type { EventSource } from "../event/event.ts";
import type { LookText } from "../reconcile/world.ts";
import { isAbsent } from "../state/files.ts";
import { isStillLoaded } from "./canary.ts";
import { keepCode, loadProgram } from "./late.ts";
import { isUnchanged, parseFrontLook, readSeen } from "./seen.ts";
import { spoolFiles } from "./spool-files.ts";

/**
 * Runs the hook of this name to its end. Never rejects.
 * @param source which hook this is
 * @param entries the event as the front hands it on: empty when it lies in the spool
 */
export async function runHook(source: EventSource, entries: readonly string[]): Promise<void> {
  process.stdout.on("error", () => undefined);
  const look = parseFrontLook(standardInput());
  try {
    if (look !== null && entries.length === 0 && (await endQuickly(look))) return;
  } catch {
    // Whatever it was, the program proper meets it too and says it.
  }
  try {
    const program = await loadProgram();
    await program.runHook(source, entries, look);
    keepCode();
  } catch (error) {
    process.stdout.write(`<3>${source}: ${String(error).replace(/[^ -~]+/g, " ")}\n`);
  }
}

/** What the front piped in; "" if nothing. */
function standardInput(): string {
  try {
    return readFileSync(0, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (isAbsent(error) || code === "EAGAIN" || code === "EBADF" || code === "EISDIR") return "";
    throw error;
  }
}

/** @returns whether there is nothing to do, and it has been said */
async function endQuickly(look: LookText): Promise<boolean> {
  const seen = readSeen();
  if (seen === null) return false;
  const files = spoolFiles();
  const events = files.map(({ source, path }) => `${source}\n${readFileSync(path, "utf8")}`);
  if (events.length === 0 || !isUnchanged(seen, look, events)) return false;
  if ((await isStillLoaded(seen.packetFilter)) !== true) return false;
  const names = [...new Set(events.map((event) => seen.digested[event]))].join(", ");
  process.stdout.write(`<6>${names}: nothing to do\n`);
  for (const { path } of files) rmSync(path, { force: true });
  return true;
}
