/** `waymark stop` */

import { rmSync } from "node:fs";
import { run } from "../kernel/run.ts";
import { PRIORITY, writeLog } from "../log.ts";
import { removeMetrics } from "../metrics/write.ts";
import { takeBackNames } from "../names/machine.ts";
import { machine } from "../reconcile/machine.ts";
import { takeDown } from "../reconcile/take-down.ts";
import { writeWhole } from "../state/files.ts";
import { PATHS } from "../state/paths.ts";
import { readState } from "../state/read-state.ts";
import { parseOptions } from "./options.ts";
import { needRoot } from "./session.ts";

/** Removes everything of Waymark's from the kernel. Needs no configuration: what is tagged and recorded is enough. */
export async function stopVerb(words: readonly string[]): Promise<number> {
  parseOptions(words, { strings: [], booleans: [], positionals: [0, 0] });
  needRoot("stop");
  const before = readState();
  const report = await takeDown(
    before,
    machine(() => []),
  );
  const names = await takeBackNames((lines) => void writeLog(run, lines));
  const [changes, errors] = [
    [...report.changes, ...names.changes],
    [...report.errors, ...names.errors],
  ];
  if (report.errors.length === 0) {
    removeMetrics();
    for (const path of [
      PATHS.state,
      PATHS.settings,
      PATHS.seen,
      PATHS.packetFilter,
      PATHS.packetFilterSource,
      PATHS.settledRules,
      PATHS.index,
      PATHS.events,
    ])
      rmSync(path, { force: true, recursive: true });
  } else {
    machine(() => []).saveState(report.state, null);
  }
  writeWhole(PATHS.stopped, "");
  process.stdout.write(`${changes.length === 0 ? "nothing to do" : changes.join("\n")}\n`);
  for (const message of errors) process.stderr.write(`waymark: ${message}\n`);
  await writeLog(run, [{ priority: PRIORITY.notice, text: `waymark stop: ${changes.length} changes` }]);
  return errors.length === 0 ? 0 : 1;
}
