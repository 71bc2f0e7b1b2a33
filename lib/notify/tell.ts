/** From a run to those who want to know of it: leaves what is worth telling, and starts who tells it. Waits for nobody. */

import type { Config } from "../config/types.ts";
import { readHealth } from "../health/read.ts";
import { isStale, readDone, readWanted, writeWanted } from "../names/done.ts";
import { wantedNames } from "../names/wanted.ts";
import { messageOf } from "../state/files.ts";
import { PATHS } from "../state/paths.ts";
import type { State } from "../state/record.ts";
import { environmentOf } from "./environment.ts";
import { noticesOf } from "./notice.ts";
import { programNames } from "./programs.ts";
import { putBatch } from "./queue.ts";
import { startTeller } from "./start.ts";

/**
 * Has the resolver told of the name servers, and the programs of notify.d of what a run changed. The lock is held. A run
 * without news looks at two small files, and only where there is a `[dns]`; one with news but without programs at one
 * directory.
 * @param at when the run was, milliseconds since 1970
 * @param again tells the resolver once more what it was told already: somebody may have wiped it
 * @returns what went wrong
 */
export async function tellOf(
  before: State,
  after: State,
  config: Config,
  at: number,
  again = false,
): Promise<string[]> {
  const warnings: string[] = [];
  const attempt = async (what: string, step: () => boolean | Promise<boolean>) => {
    try {
      return await step();
    } catch (error) {
      warnings.push(`${what}: ${messageOf(error)}`);
      return false;
    }
  };
  const names = await attempt("name servers", () => leaveNames(after, config, again));
  const notices = await attempt("notify.d", () => leaveNotices(before, after, config, at, warnings));
  if (names || notices) await attempt("cannot tell what happened", startTeller);
  return warnings;
}

/** @returns whether the resolver is to be told */
function leaveNames(after: State, config: Config, again: boolean): boolean {
  const before = readWanted();
  const wanted = wantedNames(config, after, again ? before.round + 1 : before.round);
  const done = readDone();
  if (wanted.publish === "none" && before.publish === "none" && done.resolver === null) return false;
  if (JSON.stringify(wanted) !== JSON.stringify(before)) writeWanted(wanted);
  return isStale(wanted, done);
}

/** @returns whether programs are to be told */
function leaveNotices(before: State, after: State, config: Config, at: number, warnings: string[]): boolean {
  const notices = noticesOf(before, after, at);
  if (notices.length === 0 || programNames(PATHS.notifyDirectory).length === 0) return false;
  const tiers = Object.fromEntries(config.uplinks.map(({ name, tier }) => [name, tier]));
  const circumstances = { tiers, health: readHealth()?.uplinks ?? {} };
  const batch = notices.map((notice) => environmentOf(notice, circumstances));
  const dropped = putBatch(PATHS.notices, batch, process.hrtime.bigint());
  if (dropped > 0) warnings.push("notify.d: too much waits to be told, the oldest was dropped");
  return true;
}
