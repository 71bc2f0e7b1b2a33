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
  const changes: string[] = [];
  const errors: string[] = [];
  const routing = routingChanges({ routes: [], rules: [] }, kernel, new Set());
  const done6 = await runBatch(world.run, routing.lines6, ["-6"]);
  const done = await runBatch(world.run, routing.lines);
  changes.push(
    ...routing.lines6.map((line) => `ip -6 ${line}`),
    ...routing.lines.map((line) => `ip ${line}`),
  );
  errors.push(...done6.errors, ...done.errors);

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
  return { state, changes, errors, warnings: [], look: null, settings: {} };
}
