/** What the verbs share: the configuration in force, what is remembered, and a run. */

import { rmSync } from "node:fs";
import { keepRun, prefixReader, prepareNext } from "../event-run.ts";
import { machine } from "../reconcile/machine.ts";
import type { Report, World } from "../reconcile/world.ts";
import { PATHS } from "../state/paths.ts";
import { readState } from "../state/read-state.ts";
import type { State } from "../state/record.ts";
import type { SpooledEvent } from "../state/spool.ts";
import { loadSystem, type System } from "../state/system.ts";

export interface Session {
  readonly system: System;
  readonly warnings: readonly string[];
  readonly before: State;
  readonly world: World;
}

/** @param keep whether what is read may be stored (verbs that only look store nothing) */
export async function openSession(keep: boolean): Promise<Session> {
  const { system, warnings } = await loadSystem(keep);
  const before = readState();
  const files = system.config?.rules.some((rule) => rule.destinationFile !== null) === true;
  return { system, warnings, before, world: machine(await prefixReader(files)) };
}

/** Stores what a run reached; says on stderr what could not be stored. */
export async function closeSession(
  session: Session,
  report: Report,
  events: readonly SpooledEvent[],
): Promise<void> {
  for (const path of [PATHS.stopped, PATHS.takenBack]) rmSync(path, { force: true });
  const failed = [
    ...session.warnings,
    ...(await keepRun(session.system, session.before, report, true)),
    ...prepareNext(session.system, session.before, report, events),
  ];
  for (const text of failed) process.stderr.write(`waymark: ${text}\n`);
}

/** @throws Error for anybody but root */
export function needRoot(verb: string): void {
  if (process.getuid?.() !== 0) throw new Error(`must be run by root: sudo waymark ${verb}`);
}
