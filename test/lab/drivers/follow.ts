/**
 * Runs a follower inside a machine of the lab: each line of standard input sets how many changes the next looks claim to
 * have made, and what it hears is printed as JSON lines, with the time of the monotonic clock that all machines share.
 * With --gone the packet filter is said to be gone by whoever asks.
 */

import { createInterface } from "node:readline";
import { startFollowing } from "../../../lib/follow/follow.ts";

const print = (what: Readonly<Record<string, unknown>>) =>
  process.stdout.write(
    `${JSON.stringify({ at: Number(process.hrtime.bigint() / 1000n) / 1000, ...what })}\n`,
  );

let claimed = 0;
const follower = startFollowing({
  look: async ({ causes, devices, since }) => {
    const late = performance.now() - since;
    print({ look: [...causes].sort(), devices: [...devices], late });
    return claimed;
  },
  pathsChanged: () => print({ paths: true }),
  filterIsThere: async () => (process.argv.includes("--gone") ? false : null),
  say: ({ text }) => print({ say: text }),
  concerns: (device) => !device.startsWith("other"),
});
void follower.ready.then(() => print({ ready: true }));

const input = createInterface({ input: process.stdin });
input.on("line", (line) => {
  if (line === "usage") print({ cpu: process.cpuUsage(), rss: process.memoryUsage.rss() });
  else claimed = Number(line);
});
input.on("close", async () => {
  await follower.stop();
  print({ stopped: true });
});
