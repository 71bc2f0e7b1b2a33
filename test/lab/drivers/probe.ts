/**
 * Runs probes inside a machine of the lab. Each line of standard input is JSON:
 * `{"start": {…}}` begins a probe, `{"stop": name}` ends it, `{"paths": true}` tells of a change. Results are printed as
 * JSON lines.
 */

import { createInterface } from "node:readline";
import { openProber, type Probe, type ProbeSpec } from "../../../lib/probe/prober.ts";

const print = (what: Readonly<Record<string, unknown>>) =>
  process.stdout.write(`${JSON.stringify({ at: performance.now(), ...what })}\n`);

const prober = openProber({ say: ({ text }) => print({ say: text }) });
const probes = new Map<string, Probe>();

interface Order {
  readonly start?: Omit<ProbeSpec, "overdue"> & { readonly name: string; readonly overdue: number | null };
  readonly stop?: string;
  readonly paths?: true;
  readonly usage?: true;
}

const input = createInterface({ input: process.stdin });
input.on("line", async (line) => {
  const { start, stop, paths, usage } = JSON.parse(line) as Order;
  if (start !== undefined) {
    const { name, overdue, ...spec } = start;
    probes.set(
      name,
      prober.start({ ...spec, overdue: () => overdue }, (result) => print({ name, ...result })),
    );
  }
  if (stop !== undefined) {
    await probes.get(stop)?.stop();
    print({ stopped: stop });
  }
  if (paths === true) prober.pathsChanged();
  if (usage === true) print({ cpu: process.cpuUsage(), rss: process.memoryUsage.rss() });
});
input.on("close", async () => {
  await prober.stop();
  print({ stopped: "all" });
});
