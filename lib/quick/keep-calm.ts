/** Stores what a run left behind, so that the next hook's front may look ahead, or end by itself. */

import { signPlace } from "../kernel/canary-place.ts";
import { type ObserveOptions, questionsOf } from "../kernel/observe.ts";
import type { Report } from "../reconcile/world.ts";
import { messageOf, readJson, readText, removeFile, writeJson, writeWhole } from "../state/files.ts";
import { keepNewer } from "../state/newer.ts";
import { PATHS } from "../state/paths.ts";
import { isSameIn, type State } from "../state/record.ts";
import type { SpooledEvent } from "../state/spool.ts";
import type { System } from "../state/system.ts";
import { type CalmEvent, calmScript, eventWord, glanceFiles, seenScript, withDirectory } from "./calm.ts";

/** More different events than this are not remembered. */
const MOST_EVENTS = 60;

/**
 * Takes away what was noted of events that had nothing to do, if it holds no longer. For before anybody goes on: whoever
 * ends us behind that leaves no note that is wrong.
 * @returns what stopped it
 */
export function dropCalm(system: System, before: State, report: Report): string[] {
  return isUnfinished(system, report) || !isSameIn(["facts"], before, report.state) ? forgetCalm() : [];
}

/** Something went wrong or is still to be done: the next event is to look anew. */
function isUnfinished({ config }: System, { state, errors }: Report): boolean {
  return (
    errors.length > 0 ||
    Object.keys(state.owed).length > 0 ||
    Object.values(state.uplinks).some((uplink) => uplink.state === "checking") ||
    // What the checks say may change with no other trace than their own file.
    config?.uplinks.some(({ check }) => check !== null) === true
  );
}

/**
 * Notes what is there now, and which events had nothing to do, unless something is unfinished.
 * @returns what stopped it
 */
export function keepCalm(
  system: System,
  before: State,
  report: Report,
  events: readonly SpooledEvent[],
): string[] {
  try {
    const { state, look } = report;
    if (isUnfinished(system, report) || look === null || state.packetFilter === null) {
      removeFile(PATHS.calm);
      return [];
    }
    const { host, beside } = signPlace(state.packetFilter);
    keepText(PATHS.sign, `${host} ${beside}\n`);
    // Without IPv6 in play a hook does not ask for its rules, though `apply` did.
    const said = state.ipv6 ? look.said : { ...look.said, ipv6: "" };
    const files = Object.keys(system.prefixFiles);
    keepNewer(PATHS.seen, seenScript(said, report.settings, files), files.flatMap(withDirectory));
    const known = readJson<Record<string, CalmEvent>>(PATHS.calmEvents) ?? {};
    const all = newest({ ...(isSameIn(["facts"], before, state) ? known : {}), ...calmEvents(events) });
    const devices = new Set(Object.values(all).flatMap(({ device }) => device ?? []));
    const glances = Object.fromEntries([...devices].map((device) => [device, glance(device)]));
    const now = report.changes.length === 0 ? all : tellable(all, glances);
    if (JSON.stringify(now) !== JSON.stringify(known)) writeJson(PATHS.calmEvents, now);
    keepNewer(PATHS.calm, calmScript(now, glances));
    return [];
  } catch (error) {
    return [`cannot keep ${PATHS.seen}: ${messageOf(error)}`, ...forgetCalm()];
  }
}

function forgetCalm(): string[] {
  try {
    removeFile(PATHS.calm);
    return [];
  } catch (error) {
    return [`cannot remove ${PATHS.calm}: ${messageOf(error)}`];
  }
}

function calmEvents(events: readonly SpooledEvent[]): Record<string, CalmEvent> {
  const words = events.map(({ raw, event }): readonly [string, CalmEvent] => [
    eventWord(raw),
    "ignore" in event
      ? { name: event.ignore, device: null }
      : { name: labelOf(event), device: event.interface },
  ]);
  return Object.fromEntries(words);
}

const newest = (events: Readonly<Record<string, CalmEvent>>): Record<string, CalmEvent> =>
  Object.fromEntries(Object.entries(events).slice(-MOST_EVENTS));

/**
 * Those whose next occurrence tells at a glance whether it comes behind another change. An event that changed something
 * will have nothing to do when it comes again at once, and something when it comes behind its opposite: then Node should
 * start without asking first.
 */
function tellable(
  events: Readonly<Record<string, CalmEvent>>,
  glances: Readonly<Record<string, string>>,
): Record<string, CalmEvent> {
  const told = Object.entries(events).filter(
    ([, { device }]) => device !== null && glances[device]?.startsWith(" ") === false,
  );
  return Object.fromEntries(told);
}

/** As the front's shell will see it. */
function glance(device: string): string {
  return glanceFiles(device)
    .map((file) => {
      try {
        return `${(readText(file) ?? "").trim()} `;
      } catch {
        // A device that is down does not tell its carrier (EINVAL); nor will it tell the shell.
        return " ";
      }
    })
    .join("");
}

/** `ppp-ip-up ppp0 up` */
export function labelOf(event: {
  readonly source: string;
  readonly interface: string | null;
  readonly kind: string;
}): string {
  return `${event.source} ${event.interface ?? "*"} ${event.kind}`;
}

/** A pipe holds 64 KiB: `ip` would wait for Node to read the rest, and Node then for `ip`. */
const MOST_FOR_PIPE = 48 * 1024;

/**
 * Stores what the front is to ask the kernel while Node starts.
 * @param size how much was said the last time, in characters
 * @returns what stopped it
 */
export function keepQuestions(options: ObserveOptions, size: number): string[] {
  const asked = questionsOf(options);
  try {
    keepText(PATHS.look, asked.all);
    keepText(PATHS.look4, asked.ipv4);
    keepText(PATHS.look6, asked.ipv6);
    keepText(PATHS.lookIsLong, size > MOST_FOR_PIPE ? "yes\n" : "");
    return [];
  } catch (error) {
    return [`cannot keep ${PATHS.look}: ${messageOf(error)}`];
  }
}

function keepText(path: string, text: string): void {
  if (readText(path) !== text) writeWhole(path, text);
}
