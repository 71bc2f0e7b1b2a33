/** What the scenarios of installation have in common. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Ended } from "./bed.ts";
import { builtCheckout, layPackages, packageVersions } from "./packages.ts";

export const RELEASES = [
  { debian: "Debian 12", release: "bookworm" },
  { debian: "Debian 13", release: "trixie" },
] as const;

/** Lays both packages into /xchg, and the version of the first as a file. */
export const bring = (directory: string) => {
  layPackages(builtCheckout(), directory);
  writeFileSync(join(directory, "first"), packageVersions(builtCheckout())[0]);
};

export const lines = (text: string) => text.split("\n").filter(Boolean);
/** What systemctl shows of both units. */
export const units = (text: string) =>
  Object.fromEntries(
    text.split("\n\n").map((block) => {
      const { Id, ...rest } = Object.fromEntries(lines(block).map((line) => line.split(/=(.*)/s, 2)));
      return [Id, rest];
    }),
  );
export const WELL = {
  ActiveState: "active",
  UnitFileState: "enabled",
  NeedDaemonReload: "no",
  Result: "success",
};
export const ACTIVE = {
  "waymark.service": { ...WELL, SubState: "exited" },
  "waymark-watch.service": { ...WELL, SubState: "running" },
};
/** Both uplinks up, the first one chosen. */
export const working = (job: Ended) => {
  const status = job.json<{ choice: string[]; uplinks: { state: string; interface: string }[] }>("status");
  return { up: status.uplinks.map((one) => `${one.interface} ${one.state}`), chosen: status.choice.length };
};
export const BOTH_UP = { up: ["uplink0 up", "uplink1 up"], chosen: 1 };
export const BY_FIRST = "via 192.0.2.1 dev uplink0 answers";
