/** Writes the file that the Prometheus node exporter reads (`--collector.textfile.directory`). */

import { rmSync } from "node:fs";
import { dirname } from "node:path";
import type { HealthFile } from "../health/health.ts";
import { messageOf, readText, writeWhole } from "../state/files.ts";
import { PATHS } from "../state/paths.ts";
import type { State } from "../state/record.ts";
import type { System } from "../state/system.ts";
import { metricsText } from "./metrics.ts";

/**
 * Brings the file up to date, if `[metrics]` asks for one; takes it away if `[metrics]` asks for it no more, or for another.
 * Writes nothing that is there already. The lock is held by whoever calls, or two writers may do the same work twice:
 * the file itself is always whole.
 * @param system with a configuration, or nothing is done
 * @param state as it is now
 * @param health what the checks say; null: nobody checks
 * @param record the file that keeps the path of the one that was written last
 * @returns what stopped it: a warning for the journal
 */
export function writeMetrics(
  system: Pick<System, "config" | "error">,
  state: State,
  health: HealthFile | null,
  record: string = PATHS.metrics,
): string[] {
  const { config, error } = system;
  if (config === null) return [];
  const path = config.metrics.textfile;
  try {
    const last = readText(record)?.trim() ?? null;
    if (last !== null && last !== path) removeMetrics(record);
    if (path === null) return [];
    const text = metricsText({ config, configError: error, state, health });
    if (readText(path) !== text) writeWhole(path, text);
    if (last !== path) writeWhole(record, `${path}\n`);
    return [];
  } catch (failure) {
    return [`cannot write the metrics (${path ?? "none are wanted"}): ${whyNot(failure, path)}`];
  }
}

/** What stopped it in words, and what helps where it is the sandbox of waymark-watch.service. */
export function whyNot(failure: unknown, path: string | null): string {
  const why = messageOf(failure);
  if ((failure as NodeJS.ErrnoException).code !== "EROFS" || path === null) return why;
  return `${why}; if it was waymark-watch.service: that may write below /run and /var/lib only, unless "systemctl edit waymark-watch" adds ReadWritePaths=${dirname(path)} to [Service]`;
}

/** Takes the file away: what is told there is true no more. @throws what the file system says */
export function removeMetrics(record: string = PATHS.metrics): void {
  const path = readText(record)?.trim();
  if (path === undefined) return;
  rmSync(path, { force: true });
  rmSync(record, { force: true });
}
