/**
 * What a hook does once its shell front has found that the event concerns an uplink and got the lock: the events that
 * wait become one run. It always ends with status 0; what went wrong is in the journal and in `waymark status`.
 */

import { loadReader } from "./config/late.ts";
import type { EventSource, LinkEvent } from "./event/event.ts";
import { lockTimeoutText } from "./lock.ts";
import { formatLines, type LogLine, PRIORITY } from "./log.ts";
import { machine } from "./reconcile/machine.ts";
import { orderOf } from "./reconcile/order.ts";
import { reconcile } from "./reconcile/reconcile.ts";
import type { Report } from "./reconcile/world.ts";
import { messageOf, readJson, writeJson } from "./state/files.ts";
import { indexText, keepIndex } from "./state/index.ts";
import { manualSwitches } from "./state/manual.ts";
import { PATHS } from "./state/paths.ts";
import { NO_STATE, type State, withError } from "./state/record.ts";
import { clearSpool, decodeEvent, readSpool, type SpooledEvent } from "./state/spool.ts";
import { loadSystem } from "./state/system.ts";

/**
 * Runs the hook of this name to its end.
 * @param source which hook this is
 * @param entries the event as the front hands it on: empty when it lies in the spool
 */
export async function runHook(source: EventSource, entries: readonly string[]): Promise<void> {
  if (entries[0] === "--lock-timeout") {
    print([{ priority: PRIORITY.error, text: lockTimeoutText(entries[1] ?? "") }]);
    return;
  }
  const began = Date.now();
  const lines: LogLine[] = [];
  try {
    const events = gather(source, entries, began);
    const relevant = events.flatMap(({ event }) => ("ignore" in event ? [] : [event]));
    if (relevant.length > 0) lines.push(...(await handle(relevant, began)));
    else lines.push(...ignoredLines(source, events));
    clearSpool(events);
  } catch (error) {
    lines.push({ priority: PRIORITY.error, text: `${source}: ${messageOf(error)}` });
    noteError(messageOf(error), began);
  }
  print(lines);
}

/** The shell front has logger(1) at the other end. */
function print(lines: readonly LogLine[]): void {
  process.stdout.on("error", () => undefined);
  process.stdout.write(formatLines(lines));
}

function gather(source: EventSource, entries: readonly string[], now: number): SpooledEvent[] {
  const own = entries.length === 0 ? [] : [{ path: null, event: decodeEvent(source, entries) }];
  return [...readSpool(now), ...own];
}

function ignoredLines(source: EventSource, events: readonly SpooledEvent[]): LogLine[] {
  return events.flatMap(({ event }) =>
    "ignore" in event
      ? [{ priority: PRIORITY.debug, text: `${source}: ${event.ignore}: nothing to do` }]
      : [],
  );
}

async function handle(events: readonly LinkEvent[], began: number): Promise<LogLine[]> {
  const { system, warnings } = await loadSystem(true);
  const lines: LogLine[] = warnings.map((text) => ({ priority: PRIORITY.warning, text }));
  if (system.config === null) {
    return [...lines, { priority: PRIORITY.error, text: `nothing is configured: ${system.error ?? ""}` }];
  }
  const stored = readJson<State>(PATHS.state);
  const before: State = stored ?? { ...NO_STATE, manual: manualSwitches() };
  const world = machine(
    await prefixReader(system.config.rules.some((rule) => rule.destinationFile !== null)),
  );
  const report = await reconcile(orderOf(system), events, before, world, { thorough: false });
  lines.push(
    ...remember(report.state, before),
    ...keepIndex(indexText(system.config, report.state)).map(warning),
  );
  return [...lines, ...reportLines(events, before, report, Date.now() - began)];
}

const warning = (text: string): LogLine => ({ priority: PRIORITY.warning, text });

/** Only a hook whose configuration names prefix files loads what reads them. */
export async function prefixReader(wanted: boolean) {
  if (!wanted) return () => [];
  return (await loadReader()).readPrefixFile;
}

/** Stores the state if it differs. */
export function remember(state: State, before: State): LogLine[] {
  if (JSON.stringify(state) === JSON.stringify(before)) return [];
  try {
    writeJson(PATHS.state, state);
    return [];
  } catch (error) {
    return [warning(`cannot keep ${PATHS.state}: ${messageOf(error)}`)];
  }
}

function noteError(message: string, at: number): void {
  try {
    writeJson(PATHS.state, withError(readJson<State>(PATHS.state) ?? NO_STATE, message, at));
  } catch {
    // The journal has the message; the state file is what could not be written.
  }
}

/** One line that says what happened, and one for each thing that went wrong. */
export function reportLines(
  events: readonly LinkEvent[],
  before: State,
  report: Report,
  took: number,
): LogLine[] {
  const told = [
    ...new Set(events.map((event) => `${event.source} ${event.interface ?? "*"} ${event.kind}`)),
  ].join(", ");
  const count = report.changes.length;
  const done = count === 0 ? "nothing to do" : `${count} ${count === 1 ? "change" : "changes"} in ${took} ms`;
  const text = [told, ...differences(before, report.state), done].join(": ");
  return [
    { priority: count === 0 ? PRIORITY.info : PRIORITY.notice, text },
    ...report.errors.map((message) => ({ priority: PRIORITY.error, text: message })),
  ];
}

/** What changed for the uplinks, in words. */
export function differences(before: State, after: State): string[] {
  const words = Object.entries(after.uplinks).flatMap(([name, now]) => {
    const last = before.uplinks[name];
    if (last?.state !== now.state) {
      const where =
        now.state === "up"
          ? ` ${now.address4 ?? now.address6 ?? ""} on ${now.interface}`
          : ` (${now.reason})`;
      return [`${name} ${now.state}${where}`];
    }
    return last.address4 === now.address4
      ? []
      : [`${name} address ${last.address4 ?? "none"} -> ${now.address4 ?? "none"}`];
  });
  const choice = (state: State) => (state.choice.length === 0 ? "none" : state.choice.join("+"));
  if (choice(before) !== choice(after)) words.push(`choice ${choice(before)} -> ${choice(after)}`);
  return words.length === 0 ? [] : [words.join("; ")];
}
