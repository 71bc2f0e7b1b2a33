/** `waymark doctor` */

import { existsSync, statSync } from "node:fs";
import { examine } from "../doctor/examine.ts";
import type { House, Self } from "../doctor/facts.ts";
import { lookAround } from "../doctor/look/look.ts";
import { reportOf } from "../doctor/report.ts";
import { findingsText } from "../doctor/text.ts";
import { routingChanges } from "../plan/changes.ts";
import { lookAhead, prefixTableNumbers } from "../reconcile/look-ahead.ts";
import { orderOf } from "../reconcile/order.ts";
import { packetFilterInput } from "../reconcile/packet-filter.ts";
import { PATHS } from "../state/paths.ts";
import { parseOptions } from "./options.ts";
import { needRoot, openSession, type Session } from "./session.ts";

/** What is under way needs this long at most, in milliseconds: a hook that runs just now. */
const SETTLING_MS = 500;

/**
 * Names what on this machine works against Waymark.
 * @param words those behind the verb
 * @returns 1 if something breaks the routing
 */
export async function doctorVerb(words: readonly string[]): Promise<number> {
  const { flags } = parseOptions(words, { strings: [], booleans: ["json"], positionals: [0, 0] });
  needRoot("doctor");
  const session = await openSession(false);
  const { house, drift } = await lookAtHouse(session);
  const report = reportOf(examine(lookAround(house, selfOf(session, drift), session.world.now())));
  if (flags.json === true) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  else {
    const colour = process.stdout.isTTY && process.env.NO_COLOR === undefined;
    process.stdout.write(findingsText(report.findings, colour));
  }
  return report.healthy ? 0 : 1;
}

/** How the uplinks stand, and what of the plan is not in force. */
async function lookAtHouse(session: Session): Promise<{ house: House | null; drift: readonly string[] }> {
  const { system, before, world } = session;
  if (system.config === null) return { house: null, drift: [] };
  const order = orderOf(system);
  // Every route of every table only where no file fills one.
  const files = new Set(prefixTableNumbers(order));
  const look = async () => {
    const prospect = await lookAhead(order, [], before, world, { thorough: files.size === 0, ask: false });
    const { lines, lines6 } = routingChanges(prospect.desired, prospect.kernel, files);
    const filter = packetFilterInput(world, prospect.loaded, prospect.desired.filter);
    const drift = [
      ...lines.map((line) => `ip ${line}`),
      ...lines6.map((line) => `ip -6 ${line}`),
      ...(filter === "" ? [] : ["the packet filter, table inet waymark"]),
    ];
    return { drift, uplinks: prospect.desired.uplinks };
  };
  const first = await look();
  const house = { config: order.config, numbers: order.numbers, uplinks: first.uplinks };
  if (first.drift.length === 0 || !isApplied(session)) return { house, drift: [] };
  // An event may be on its way: what is missing twice is missing.
  await world.wait(SETTLING_MS);
  const second = await look();
  return { house, drift: first.drift.filter((line) => second.drift.includes(line)) };
}

const isApplied = ({ before }: Session) => Object.keys(before.uplinks).length > 0;

function selfOf(session: Session, drift: readonly string[]): Self {
  const configured = existsSync(PATHS.config);
  return {
    configError: session.system.error,
    configured,
    applied: isApplied(session),
    stopped: existsSync(PATHS.stopped) || existsSync(PATHS.takenBack),
    drift,
    lastErrors: session.before.errors.map(({ at, message }) => `${new Date(at).toISOString()} ${message}`),
    configTime: configured ? statSync(PATHS.config).mtimeMs : null,
  };
}
