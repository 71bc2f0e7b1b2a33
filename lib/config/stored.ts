/** Configurations that were stored as JSON, perhaps by an earlier version. */

import type { Config } from "./types.ts";

type Stored = Omit<Config, "uplinks" | "dns" | "metrics"> &
  Partial<Pick<Config, "dns" | "metrics">> & {
    readonly uplinks: readonly (Omit<Config["uplinks"][number], "check" | "redial" | "dns"> &
      Partial<Pick<Config["uplinks"][number], "check" | "redial" | "dns">>)[];
  };

/** The configuration with what earlier versions did not know as if it had not been written. */
export function completed(stored: Stored): Config {
  return {
    ...stored,
    uplinks: stored.uplinks.map((uplink) => ({
      ...uplink,
      check: uplink.check ?? null,
      redial: uplink.redial ?? null,
      dns: uplink.dns ?? null,
    })),
    dns: stored.dns ?? { publish: "none" },
    metrics: stored.metrics ?? { textfile: null },
  };
}
