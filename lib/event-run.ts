/** What a hook and `waymark watch` do alike: one run for the events that wait, stored, told, and put into words. */

import { loadReader } from "./config/late.ts";
import type { LinkEvent } from "./event/event.ts";
import { readHealth } from "./health/read.ts";
import { differences } from "./history/differences.ts";
import { formatLine } from "./history/line.ts";
import type { IpSession } from "./kernel/ip-session.ts";
import { type LogLine, PRIORITY } from "./log.ts";
import { writeMetrics } from "./metrics/write.ts";
import { tellOf } from "./notify/tell.ts";
import { dropCalm, keepCalm, keepQuestions, labelOf } from "./quick/keep-calm.ts";
import { questionsFor } from "./reconcile/look-ahead.ts";
import { machine } from "./reconcile/machine.ts";
import { orderOf } from "./reconcile/order.ts";
import { reconcile } from "./reconcile/reconcile.ts";
import type { Report, World } from "./reconcile/world.ts";
import { messageOf } from "./state/files.ts";
import { indexText, keepIndex } from "./state/interface-index.ts";
import { PATHS } from "./state/paths.ts";
import { readState, writeState } from "./state/read-state.ts";
import { isSameIn, type State } from "./state/record.ts";
import type { SpooledEvent } from "./state/spool.ts";
import { loadSystem, type System } from "./state/system.ts";

export interface EventRunOptions {
  /** The tools that a hook's front started; null: every command is a process of its own. */
  readonly session: IpSession | null;
  /** The kernel as the front looked at it after all these events; null or left out: it is looked at now. */
  readonly look?: IpSession["look"];
  /** Looks at what a hook takes on trust too. */
  readonly thorough: boolean;
  /** What woke us, if it was no event. */
  readonly trigger: string;
  /** What the checks say, by whoever does them; left out: what is written of it. */
  readonly healths?: World["healths"];
}

export interface EventRun {
  readonly system: System;
  /** null: nothing is configured. */
  readonly report: Report | null;
  /** For the journal. */
  readonly lines: readonly LogLine[];
  /**
   * Stores what only makes the next event quicker; to be called once all else is done and told.
   * @returns what could not be stored
   */
  readonly prepareNext: () => string[];
}

/**
 * Brings the kernel to what the configuration asks. The lock is held by whoever calls.
 * @param waiting the events; their files are the caller's to remove
 * @throws CommandError or Error when the kernel cannot be looked at
 */
export async function runForEvents(
  waiting: readonly SpooledEvent[],
  { session, look = null, thorough, trigger, healths }: EventRunOptions,
): Promise<EventRun> {
  const began = Date.now();
  const { system, warnings } = await loadSystem(true);
  const lines: LogLine[] = warnings.map(warning);
  if (system.config === null) {
    lines.push({ priority: PRIORITY.error, text: `nothing is configured: ${system.error ?? ""}` });
    return { system, report: null, lines, prepareNext: () => [] };
  }
  const before: State = readState();
  const real = machine(
    await prefixReader(system.config.rules.some((rule) => rule.destinationFile !== null)),
    session,
  );
  const world = healths === undefined ? real : { ...real, healths };
  const events = waiting.flatMap(({ event }) => ("ignore" in event ? [] : [event]));
  const report = await reconcile(orderOf(system), events, before, world, { thorough, look });
  session?.end();
  lines.push(...(await keepRun(system, before, report)).map(warning));
  lines.push(...reportLines(triggerOf(events, trigger), before, report, Date.now() - began));
  return { system, report, lines, prepareNext: () => prepareNext(system, before, report, waiting) };
}

/**
 * Stores what must not get lost, and has those told who want to know.
 * @param again tells the resolver once more what it was told already
 * @returns what could not be stored or told
 */
export async function keepRun(
  system: System,
  before: State,
  report: Report,
  again = false,
): Promise<string[]> {
  const order = orderOf(system);
  return [
    // Before the state is stored: who is killed in between has it told twice, and not never.
    ...(await tellOf(before, report.state, order.config, Date.now(), again)),
    ...keepState(report, before),
    ...keepMetrics(system, report.state, again),
    ...keepIndex(indexText(order.config, report.state)),
    ...dropCalm(system, before, report),
  ];
}

/** Stores what the next hook's front may ask and compare before Node starts. @returns what could not be stored */
export function prepareNext(
  system: System,
  before: State,
  report: Report,
  events: readonly SpooledEvent[],
): string[] {
  return [
    ...keepQuestions(questionsFor(orderOf(system), report.state, false), report.lookSize),
    ...keepCalm(system, before, report, events),
  ];
}

/** Only a run whose configuration names prefix files loads what reads them. */
export async function prefixReader(wanted: boolean) {
  if (!wanted) return () => [];
  return (await loadReader()).readPrefixFile;
}

const warning = (text: string): LogLine => ({ priority: PRIORITY.warning, text });

function keepState({ state, changes }: Report, before: State): string[] {
  // Behind a change there is news in it: to compare all of it would be for nothing.
  const keys = Object.keys({ ...before, ...state }) as (keyof State)[];
  if (changes.length === 0 && isSameIn(keys, state, before)) return [];
  try {
    writeState(state, before);
    return [];
  } catch (error) {
    return [`cannot keep ${PATHS.state}: ${messageOf(error)}`];
  }
}

/** @param always also where none are asked for: they may have been, once */
function keepMetrics(system: System, state: State, always: boolean): string[] {
  if (!always && system.config?.metrics.textfile == null) return [];
  return writeMetrics(system, state, readHealth());
}

function triggerOf(events: readonly LinkEvent[], otherwise: string): string {
  const told = [...new Set(events.map(labelOf))].join(", ");
  return told === "" ? otherwise : told;
}

/** One line that says what happened, and one for each thing that went wrong. */
function reportLines(trigger: string, before: State, report: Report, took: number): LogLine[] {
  const changes = report.changes.length;
  const text = formatLine({ trigger, differences: differences(before, report.state), changes, took });
  return [
    { priority: changes === 0 ? PRIORITY.info : PRIORITY.notice, text },
    ...report.warnings.map(warning),
    ...report.errors.map((message) => ({ priority: PRIORITY.error, text: message })),
  ];
}
