/** Stores what a run left behind, if the next event may end by comparing with it. */

import { rmSync } from "node:fs";
import { type ObserveOptions, observeCommands } from "../kernel/observe.ts";
import type { Report } from "../reconcile/world.ts";
import { messageOf, readText, writeJson, writeWhole } from "../state/files.ts";
import { PATHS } from "../state/paths.ts";
import type { State } from "../state/record.ts";
import type { SpooledEvent } from "../state/spool.ts";
import type { System } from "../state/system.ts";
import { lookFile, readSeen, type Seen } from "./seen.ts";

/** More different events than this are not remembered. */
const MOST_EVENTS = 60;

/**
 * Notes what is there now. Not when something went wrong or is still to be done: then the next event looks anew.
 * @returns what stopped it
 */
export function keepSeen(
  system: System,
  before: State,
  report: Report,
  events: readonly SpooledEvent[],
): string[] {
  try {
    const { state, look } = report;
    const unfinished =
      report.errors.length > 0 ||
      Object.keys(state.owed).length > 0 ||
      Object.values(state.uplinks).some((uplink) => uplink.state === "checking");
    if (unfinished || look === null || state.packetFilter === null) {
      rmSync(PATHS.seen, { force: true });
    } else {
      const sameFacts = JSON.stringify(before.facts) === JSON.stringify(state.facts);
      const seen: Seen = {
        asked: look.asked,
        // Without IPv6 in play a hook does not ask for its rules, though `apply` did.
        asked6: state.ipv6 ? look.asked6 : "",
        stamps: { [PATHS.config]: system.stamp, ...system.prefixFiles },
        settings: report.settings,
        packetFilter: state.packetFilter,
        digested: { ...(sameFacts ? known() : {}), ...labels(events) },
      };
      writeWhole(PATHS.seenLook, lookFile(state.ipv6 ? look : { ...look, said6: "" }));
      writeJson(PATHS.seen, seen);
    }
    return [];
  } catch (error) {
    return [`cannot keep ${PATHS.seen}: ${messageOf(error)}`];
  }
}

function known(): Record<string, string> {
  const entries = Object.entries(readSeen()?.digested ?? {});
  return Object.fromEntries(entries.slice(-MOST_EVENTS));
}

function labels(events: readonly SpooledEvent[]): Record<string, string> {
  return Object.fromEntries(
    events.map(({ raw, event }) => [raw, "ignore" in event ? event.ignore : labelOf(event)]),
  );
}

/** `ppp-ip-up ppp0 up` */
export function labelOf(event: {
  readonly source: string;
  readonly interface: string | null;
  readonly kind: string;
}): string {
  return `${event.source} ${event.interface ?? "*"} ${event.kind}`;
}

/** Stores what the front is to ask the kernel while Node starts. @returns what stopped it */
export function keepQuestions(options: ObserveOptions): string[] {
  const [main, ipv6] = observeCommands(options);
  try {
    for (const [path, text] of [
      [PATHS.look, main.input ?? ""],
      [PATHS.look6, ipv6?.input ?? ""],
    ] as const) {
      if (readText(path) !== text) writeWhole(path, text);
    }
    return [];
  } catch (error) {
    return [`cannot keep ${PATHS.look}: ${messageOf(error)}`];
  }
}
