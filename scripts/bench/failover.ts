/** How long traffic stands still when a line loses its carrier, with no program running at all. */

import { spawn } from "node:child_process";
import { join } from "node:path";
import { CLEAN, cable, clear, install, must, privateFiles, uplinks } from "./house.ts";
import { heading, median, report } from "./measure.ts";

const ROUNDS = 7;

/** Sends a datagram each millisecond, each from a new port or all from one, and prints when which failed. */
const PROBE = `
use Socket; use Time::HiRes qw(time sleep);
$| = 1;
my $to = sockaddr_in(9, inet_aton("203.0.113.80"));
my $last = time; my $lost = 0; my $worst = 0;
print "ready\\n";
for my $n (1 .. 400) {
  socket(my $s, PF_INET, SOCK_DGRAM, 17) or die $!;
  if (defined send($s, "x", 0, $to)) { my $gap = time - $last; $worst = $gap if $gap > $worst; $last = time } else { $lost++ }
  sleep(0.001);
}
printf "%d %.1f\\n", $lost, $worst * 1000;
`;

/** Prints how many probes of 1 ms were lost at a carrier loss, tiers apart and in one tier. */
export async function benchFailover(): Promise<void> {
  heading("Carrier lost, no program runs (a probe a millisecond, new flows)");
  for (const oneTier of [false, true]) {
    privateFiles();
    uplinks(2, oneTier);
    const home = install();
    for (const place of [0, 1]) {
      must(
        "ip",
        "neighbour",
        "replace",
        `10.100.${place}.1`,
        "dev",
        `up${place}`,
        "lladdr",
        "02:00:00:00:00:01",
        "nud",
        "permanent",
      );
    }
    must(join(home, "waymark"), "apply");
    const lost: number[] = [];
    const worst: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const [count = Number.NaN, gap = Number.NaN] = (await probe()).split(" ").map(Number);
      lost.push(count);
      worst.push(gap);
      cable(0, "up");
      must(join(home, "ifplugd"), "up0", "up");
    }
    const label = oneTier ? "two lines of one tier" : "a line and its stand-by";
    report(label, `${median(lost)} lost, gap ${median(worst).toFixed(1)} ms`, "aim: at most 2 lost");
    clear(home, 2);
  }
}

function probe(): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn("perl", ["-e", PROBE], { env: CLEAN, stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    child.stdout.on("data", (chunk: Buffer) => {
      if (text === "") setTimeout(() => cable(0, "down"), 150);
      text += chunk.toString();
    });
    child.on("error", reject);
    child.on("close", () => resolve(text.split("\n")[1] ?? ""));
  });
}
