/**
 * `npm run bench`: what Waymark costs, as ratios within one run, in network namespaces of its own.
 * Times are medians of interleaved runs; the machine may be as noisy as it likes, as long as it is so to all.
 */

import { spawnSync } from "node:child_process";
import { readlinkSync } from "node:fs";
import { fileURLToPath } from "node:url";

const INSIDE = "WAYMARK_BENCH_INSIDE";

if (process.getuid?.() !== 0) {
  process.stderr.write("npm run bench: must be run by root (it makes network namespaces)\n");
  process.exit(1);
}

if (process.env[INSIDE] === undefined) {
  const self = fileURLToPath(import.meta.url);
  const inside = spawnSync(
    "unshare",
    [
      "--net",
      "--mount",
      "--propagation",
      "private",
      process.execPath,
      "--import",
      "tsx",
      self,
      ...process.argv.slice(2),
    ],
    { stdio: "inherit", env: { ...process.env, [INSIDE]: readlinkSync("/proc/self/ns/net") } },
  );
  process.exit(inside.status ?? 1);
}
if (readlinkSync("/proc/self/ns/net") === process.env[INSIDE]) {
  process.stderr.write("npm run bench: still in the namespace it was started in; nothing was done\n");
  process.exit(1);
}

const wanted = process.argv.slice(2);
const parts: Readonly<Record<string, () => Promise<void>>> = {
  hooks: async () => (await import("./bench/hooks.ts")).benchHooks(),
  many: async () => (await import("./bench/many.ts")).benchManyUplinks(),
  packets: async () => (await import("./bench/packets.ts")).benchPackets(),
  watch: async () => (await import("./bench/watch.ts")).benchWatch(),
  failover: async () => (await import("./bench/failover.ts")).benchFailover(),
};
for (const [name, part] of Object.entries(parts)) {
  if (wanted.length === 0 || wanted.includes(name)) await part();
}
// `npm run bench -- endurance [MINUTES]`: only if it is asked for.
if (wanted.includes("endurance")) {
  const minutes = Number(wanted[wanted.indexOf("endurance") + 1] ?? 20);
  if (!(minutes > 0)) throw new Error("endurance: expected a number of minutes");
  await (await import("./bench/endurance.ts")).benchEndurance(minutes);
}
