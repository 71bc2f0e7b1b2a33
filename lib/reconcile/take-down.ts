/** Takes away all that is Waymark's, in the order in which nothing is led astray: rules, routes, packet filter, settings. */

import { CommandError } from "../kernel/command.ts";
import { observe } from "../kernel/observe.ts";
import { deleteTable, NFT_TABLE } from "../kernel/ruleset.ts";
import { routingChanges } from "../plan/changes.ts";
import { NO_STATE, type State } from "../state/record.ts";
import { runBatch } from "./batch.ts";
import { restoreSettings } from "./settings.ts";
import type { Report, World } from "./world.ts";

/** @param before what was recorded; the kernel's own tags tell the rest, so nothing recorded takes all away too */
export async function takeDown(before: State, world: World): Promise<Report> {
  const kernel = await observe(world.run, { ipv6Rules: true, tables: null });
  const routing = routingChanges({ routes: [], rules: [] }, kernel, new Set());
  const done6 = await runBatch(world.run, routing.lines6, ["-6"]);
  const done = await runBatch(world.run, routing.lines);
  const changes = [...routing.lines6.map((line) => `ip -6 ${line}`), ...shown(routing.lines)];
  const errors = [...done6.errors, ...done.errors];

  const listed = await world.run({ file: "nft", args: ["list", "tables"] });
  if (listed.stdout.split("\n").includes(`table ${NFT_TABLE}`)) {
    const command = { file: "nft", args: ["-f", "-"], input: deleteTable() } as const;
    const result = await world.run(command);
    if (result.exitCode === 0) changes.push(`nft delete table ${NFT_TABLE}`);
    else errors.push(new CommandError(command, result).message);
  }
  const restored = restoreSettings(world, [], before.settings);
  changes.push(...restored.changes);
  errors.push(...restored.errors);
  const state: State = { ...NO_STATE, manual: before.manual, settings: restored.record };
  return {
    state,
    uplinks: [],
    nameServers: {},
    changes,
    errors,
    warnings: [],
    lookSize: 0,
    look: null,
    settings: {},
  };
}

/** More lines than this are routes of prefix files, which nobody reads one by one. */
const MOST_SHOWN = 1000;

function shown(lines: readonly string[]): string[] {
  if (lines.length <= MOST_SHOWN) return lines.map((line) => `ip ${line}`);
  const rules = lines.filter((line) => line.startsWith("rule "));
  return [...rules.map((line) => `ip ${line}`), `ip route del …: ${lines.length - rules.length} routes`];
}
