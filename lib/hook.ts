/**
 * What a hook does once its shell front has found that the event concerns an uplink and got the lock: the events that
 * wait become one run. It always ends with status 0; what went wrong is in the journal and in `waymark status`.
 */

import { closeSync, writeSync } from "node:fs";
import type { EventSource } from "./event/event.ts";
import { runForEvents } from "./event-run.ts";
import { type IpSession, openSession } from "./kernel/ip-session.ts";
import { lockTimeoutText } from "./lock.ts";
import { formatLines, type LogLine, PRIORITY } from "./log.ts";
import type { Report } from "./reconcile/world.ts";
import { messageOf, readText } from "./state/files.ts";
import { PATHS } from "./state/paths.ts";
import { noteError } from "./state/read-state.ts";
import { areListed, clearSpool, decodeEvent, readSpool, type SpooledEvent } from "./state/spool.ts";

const TO_JOURNAL = 1;

/**
 * Runs the hook of this name to its end.
 * @param source which hook this is
 * @param entries the event as the front hands it on: empty when it lies in the spool
 * @returns what kind of run it was: what it came to use of the program
 */
export async function runHook(source: EventSource, entries: readonly string[]): Promise<string> {
  if (entries[0] === "--lock-timeout") {
    print([{ priority: PRIORITY.error, text: lockTimeoutText(entries[1] ?? "") }]);
    return "lock-timeout";
  }
  const began = Date.now();
  const lines: LogLine[] = [];
  let kind = "failed";
  let session: IpSession | null = null;
  let prepareNext: () => string[] = () => [];
  try {
    session = openSession();
    const events = gather(source, entries, began);
    // An event that came behind the front's look is no reason for another run, but for another look.
    const look = areListed(events, readText(PATHS.waiting)) ? (session?.look ?? null) : null;
    if (events.some(({ event }) => !("ignore" in event))) {
      const run = await runForEvents(events, { session, look, thorough: false, trigger: source });
      kind = kindOf(run.report);
      lines.push(...run.lines);
      prepareNext = run.prepareNext;
    } else lines.push(...ignoredLines(source, events));
    clearSpool(events);
  } catch (error) {
    // No file, tool or configuration leads to these: the program itself is damaged, and its loader knows what to do.
    if (isDamage(error)) throw error;
    lines.push({ priority: PRIORITY.error, text: `${source}: ${messageOf(error)}` });
    noteError(messageOf(error), began);
  }
  print(lines);
  // Our unit may end with whoever called us. What is begun is ended all the same, in milliseconds: no half of a file stays.
  process.on("SIGTERM", () => undefined);
  session?.sayDone();
  try {
    // Behind the journal's last line: `waymark status` tells of what went wrong.
    for (const problem of prepareNext()) noteError(problem, began);
  } catch (error) {
    noteError(`cannot prepare the next event: ${messageOf(error)}`, began);
  }
  return kind;
}

/** The shell front has logger(1) at the other end. */
function print(lines: readonly LogLine[]): void {
  try {
    // Not process.stdout: making it a stream costs a hook an eighth of what bare Node costs.
    writeSync(TO_JOURNAL, formatLines(lines));
    // So that logger(1) ends while we do.
    closeSync(TO_JOURNAL);
  } catch (error) {
    // logger(1) is gone: there is nowhere left to say it.
    if ((error as NodeJS.ErrnoException).code !== "EPIPE") throw error;
  }
}

/** What V8 throws where a program makes no sense; and what is no error at all, which nothing here throws. */
function isDamage(error: unknown): boolean {
  return (
    !(error instanceof Error) ||
    error instanceof TypeError ||
    error instanceof ReferenceError ||
    error instanceof RangeError
  );
}

function gather(source: EventSource, entries: readonly string[], now: number): SpooledEvent[] {
  const raw = entries.join("\0");
  const own = entries.length === 0 ? [] : [{ path: null, raw, event: decodeEvent(source, entries) }];
  return [...readSpool(now), ...own];
}

function ignoredLines(source: EventSource, events: readonly SpooledEvent[]): LogLine[] {
  return events.flatMap(({ event }) =>
    "ignore" in event
      ? [{ priority: PRIORITY.debug, text: `${source}: ${event.ignore}: nothing to do` }]
      : [],
  );
}

/** Which commands it ran: what else it called of the program goes with them. */
function kindOf(report: Report | null): string {
  if (report === null) return "unconfigured";
  return [...new Set(report.changes.map((change) => change.split(" ", 2).join(" ")))].sort().join();
}
