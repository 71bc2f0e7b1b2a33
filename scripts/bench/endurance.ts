/** A long run: eight lines checked each second fall, die silently and return by chance, and the watch must not grow. */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { cable, clear, far, install, must, privateFiles, uplinks } from "./house.ts";
import { heading, median, report } from "./measure.ts";
import {
  memoryOf,
  ownMemoryOf,
  peakOf,
  switchesSoFar,
  ticksOf,
  ticksOfHelpers,
  WatchProcess,
} from "./watched.ts";

const LINES = 8;
const SERVER = "203.0.113.90";
const TICKS_PER_SECOND = 100;
/** So long the process may settle before it is measured, seconds. */
const SETTLE = 15;

type Condition = "well" | "unplugged" | "silent";

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function chances(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Half of the lines are pinged, half are asked by TCP; measures are written as well. */
function checks(): string {
  const each = Array.from({ length: LINES }, (_, place) =>
    place % 2 === 0
      ? `[uplink.line${place}.check]\ntargets = ["${SERVER}"]\n`
      : `[uplink.line${place}.check]\nmethod = "tcp"\ntargets = ["${SERVER}:9"]\n`,
  );
  return `${each.join("\n")}\n[metrics]\ntextfile = "/run/bench.prom"\n`;
}

/** What happens to the lines, one thing at a time. */
class Fate {
  readonly #chance: () => number;
  readonly #conditions: Condition[] = Array.from({ length: LINES }, () => "well");
  readonly counts: Record<Condition, number> = { well: 0, unplugged: 0, silent: 0 };

  constructor(seed: number) {
    this.#chance = chances(seed);
    far("nft add table inet fate");
    far("nft add set inet fate silent { type ifname; }");
    far("nft add chain inet fate in { type filter hook input priority 0; }");
    far("nft add rule inet fate in iifname @silent drop");
  }

  /** One more event. @returns how many milliseconds to the next one */
  strike(): number {
    const place = Math.floor(this.#chance() * LINES);
    const before = this.#conditions[place] ?? "well";
    const after = before !== "well" ? "well" : this.#chance() < 0.5 ? "unplugged" : "silent";
    if (before === "unplugged" || after === "unplugged") cable(place, after === "unplugged" ? "down" : "up");
    else far(`nft ${after === "silent" ? "add" : "delete"} element inet fate silent { far${place} }`);
    this.#conditions[place] = after;
    this.counts[after]++;
    return 1000 + this.#chance() * 5000;
  }
}

/**
 * Prints memory, processor time and switches of a run.
 * @param minutes how long
 */
export async function benchEndurance(minutes: number): Promise<void> {
  heading(
    `${LINES} lines, each checked each second, something happening every 3.5 s, for ${minutes} minutes`,
  );
  privateFiles();
  uplinks(LINES);
  far(`address add ${SERVER}/32 dev lo`);
  for (let place = 0; place < LINES; place++) far(`address add 10.100.${place}.1/24 dev far${place}`);
  const config = "/etc/waymark/waymark.toml";
  writeFileSync(config, `${readFileSync(config, "utf8")}\n${checks()}`);
  const home = install();
  must(join(home, "waymark"), "apply");
  const watch = new WatchProcess(home);
  const pid = await watch.ready();
  await sleep(SETTLE * 1000);

  const [switches, own, helpers] = [switchesSoFar(), ticksOf(pid), ticksOfHelpers(pid)];
  const seen = [memoryOf(pid)];
  const fate = new Fate(minutes);
  const began = performance.now();
  const length = minutes * 60_000;
  let [next, said] = [0, 0];
  for (let now = 0; now < length && watch.isAlive; now = performance.now() - began) {
    if (now >= next) next = now + fate.strike();
    seen.push(memoryOf(pid));
    if (now >= said + 60_000) {
      said = now;
      const megabytes = (seen.at(-1) ?? Number.NaN).toFixed(1);
      report(
        `minute ${Math.round(now / 60_000)}`,
        `${megabytes} MB`,
        `${switchesSoFar() - switches} switches`,
      );
    }
    await sleep(1000);
  }
  if (!watch.isAlive) throw new Error(`waymark watch ended: ${watch.said}`);
  const seconds = (performance.now() - began) / 1000;
  const percent = (ticks: number) => `${((ticks / TICKS_PER_SECOND / seconds) * 100).toFixed(1)} %`;
  const part = (from: number, to: number) =>
    median(seen.slice(Math.floor(seen.length * from), Math.ceil(seen.length * to)));
  report("memory at the start", `${(seen[0] ?? Number.NaN).toFixed(1)} MB`);
  report(
    "memory at most, its first moments among them",
    `${peakOf(pid).toFixed(1)} MB`,
    "aim: at most 70 MB",
  );
  report("memory at the end", `${(seen.at(-1) ?? Number.NaN).toFixed(1)} MB`);
  report("of it not Node's program text", `${ownMemoryOf(pid).toFixed(1)} MB`);
  report(
    "median of each quarter",
    [0, 1, 2, 3].map((quarter) => part(quarter / 4, (quarter + 1) / 4).toFixed(0)).join(" "),
    "aim: it does not grow",
  );
  report("processor time, itself", percent(ticksOf(pid) - own));
  report(
    "processor time, with all that it runs",
    percent(ticksOf(pid) - own + ticksOfHelpers(pid) - helpers),
  );
  const { well, unplugged, silent } = fate.counts;
  report("cables pulled, lines dead, returns", `${unplugged}, ${silent}, ${well}`);
  report("switches of the choice", String(switchesSoFar() - switches));
  report("open files at the end", String(readdirSync(`/proc/${pid}/fd`).length));
  await watch.end();
  far("nft delete table inet fate");
  clear(home, LINES);
}
