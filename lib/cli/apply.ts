/** `waymark apply` */

import { differences } from "../history/differences.ts";
import { formatLine } from "../history/line.ts";
import { run } from "../kernel/run.ts";
import { PRIORITY, writeLog } from "../log.ts";
import { orderOf } from "../reconcile/order.ts";
import { reconcile } from "../reconcile/reconcile.ts";
import type { Report } from "../reconcile/world.ts";
import { clearSpool, readSpool } from "../state/spool.ts";
import { parseOptions } from "./options.ts";
import { closeSession, needRoot, openSession, type Session } from "./session.ts";

/** Brings the kernel to the configuration; also deals with the events that wait. */
export async function applyVerb(words: readonly string[]): Promise<number> {
  const { flags } = parseOptions(words, { strings: [], booleans: ["boot"], positionals: [0, 0] });
  needRoot("apply");
  const session = await openSession(true);
  const { error, config } = session.system;
  if (error !== null && (config === null || flags.boot !== true)) {
    const kept =
      config === null
        ? "nothing was changed"
        : "nothing was changed; the last good configuration stays in force";
    process.stderr.write(`${error}\nwaymark apply: ${kept}\n`);
    return 1;
  }
  if (error !== null) process.stderr.write(`${error}\nwaymark apply: applying the last good configuration\n`);
  return applyNow(session, "apply");
}

/**
 * One thorough run, shown and logged.
 * @param last what the log compares with: the state before whatever the verb has noted in it
 * @returns the exit status
 */
export async function applyNow(session: Session, verb: string, last = session.before): Promise<number> {
  const waiting = readSpool(session.world.now());
  const events = waiting.flatMap(({ event }) => ("ignore" in event ? [] : [event]));
  const report = await reconcile(orderOf(session.system), events, session.before, session.world, {
    thorough: true,
  });
  await closeSession(session, report, waiting);
  clearSpool(waiting);
  print(report);
  const text = formatLine({
    trigger: `waymark ${verb}`,
    differences: differences(last, report.state),
    changes: report.changes.length,
    took: null,
  });
  await writeLog(run, [
    { priority: PRIORITY.notice, text },
    ...report.errors.map((message) => ({ priority: PRIORITY.error, text: message })),
  ]);
  return report.errors.length === 0 ? 0 : 1;
}

function print(report: Report): void {
  const lines = report.changes.length === 0 ? ["nothing to do"] : report.changes;
  process.stdout.write(`${lines.join("\n")}\n`);
  for (const message of [...report.warnings, ...report.errors]) process.stderr.write(`waymark: ${message}\n`);
}
