/**
 * What a hook does once its shell front has found that the event concerns an uplink and got the lock: the events that
 * wait become one run. It always ends with status 0; what went wrong is in the journal and in `waymark status`.
 */

import { loadReader } from "./config/late.ts";
import type { EventSource, LinkEvent } from "./event/event.ts";
import { lockTimeoutText } from "./lock.ts";
import { formatLines, type LogLine, PRIORITY } from "./log.ts";
import { keepQuestions, keepSeen, labelOf } from "./quick/keep-seen.ts";
import { questionsFor } from "./reconcile/look-ahead.ts";
import { machine } from "./reconcile/machine.ts";
import { orderOf } from "./reconcile/order.ts";
import { reconcile } from "./reconcile/reconcile.ts";
import type { LookText, Report } from "./reconcile/world.ts";
import { messageOf, readJson, writeJson } from "./state/files.ts";
import { indexText, keepIndex } from "./state/interface-index.ts";
import { manualSwitches } from "./state/manual.ts";
import { PATHS } from "./state/paths.ts";
import { NO_STATE, type State, withError } from "./state/record.ts";
import { clearSpool, decodeEvent, readSpool, type SpooledEvent } from "./state/spool.ts";
import { loadSystem, type System } from "./state/system.ts";

/**
 * Runs the hook of this name to its end.
 * @param source which hook this is
 * @param entries the event as the front hands it on: empty when it lies in the spool
 * @param look the kernel as the front looked at it, under the lock
 */
export async function runHook(
  source: EventSource,
  entries: readonly string[],
  look: LookText | null,
): Promise<void> {
  if (entries[0] === "--lock-timeout") {
    print([{ priority: PRIORITY.error, text: lockTimeoutText(entries[1] ?? "") }]);
    return;
  }
  const began = Date.now();
  const lines: LogLine[] = [];
  try {
    const events = gather(source, entries, began);
    if (events.some(({ event }) => !("ignore" in event))) lines.push(...(await handle(events, look, began)));
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
  process.stdout.write(formatLines(lines));
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

async function handle(
  waiting: readonly SpooledEvent[],
  look: LookText | null,
  began: number,
): Promise<LogLine[]> {
  const { system, warnings } = await loadSystem(true);
  const lines: LogLine[] = warnings.map(warning);
  if (system.config === null) {
    return [...lines, { priority: PRIORITY.error, text: `nothing is configured: ${system.error ?? ""}` }];
  }
  const before: State = readJson<State>(PATHS.state) ?? { ...NO_STATE, manual: manualSwitches() };
  const world = machine(
    await prefixReader(system.config.rules.some((rule) => rule.destinationFile !== null)),
  );
  const events = waiting.flatMap(({ event }) => ("ignore" in event ? [] : [event]));
  const report = await reconcile(orderOf(system), events, before, world, { thorough: false, look });
  lines.push(...keepRun(system, before, report, waiting).map(warning));
  return [...lines, ...reportLines(events, before, report, Date.now() - began)];
}

/** Stores everything that the next run and the next hook's front want to know. @returns what could not be stored */
export function keepRun(
  system: System,
  before: State,
  report: Report,
  events: readonly SpooledEvent[],
): string[] {
  const order = orderOf(system);
  return [
    ...keepState(report.state, before),
    ...keepIndex(indexText(order.config, report.state)),
    ...keepQuestions(questionsFor(order, report.state, false)),
    ...keepSeen(system, before, report, events),
  ];
}

const warning = (text: string): LogLine => ({ priority: PRIORITY.warning, text });

/** Only a hook whose configuration names prefix files loads what reads them. */
export async function prefixReader(wanted: boolean) {
  if (!wanted) return () => [];
  return (await loadReader()).readPrefixFile;
}

function keepState(state: State, before: State): string[] {
  if (JSON.stringify(state) === JSON.stringify(before)) return [];
  try {
    writeJson(PATHS.state, state);
    return [];
  } catch (error) {
    return [`cannot keep ${PATHS.state}: ${messageOf(error)}`];
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
  const told = [...new Set(events.map(labelOf))].join(", ");
  const count = report.changes.length;
  const done = count === 0 ? "nothing to do" : `${count} ${count === 1 ? "change" : "changes"} in ${took} ms`;
  const text = [told, ...differences(before, report.state), done].join(": ");
  return [
    { priority: count === 0 ? PRIORITY.info : PRIORITY.notice, text },
    ...report.warnings.map(warning),
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
