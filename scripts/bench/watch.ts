/** What the resident part costs and gains: from a cable to the tables, hot and cold; silent death; memory and idleness. */

import { type ChildProcess, spawn } from "node:child_process";
import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CLEAN, cable, clear, far, install, must, privateFiles, uplinks } from "./house.ts";
import { heading, median, report } from "./measure.ts";
import { shellPeers } from "./peers.ts";
import { memoryOf, ticksOf, WatchProcess } from "./watched.ts";

const ROUNDS = 9;
const DEATHS = 3;
const SERVER = "203.0.113.80";
/** How often the clock of /proc/PID/stat ticks. */
const TICKS_PER_SECOND = 100;

/** What others' documentation and code say of a line that dies silently, at their own defaults: left after, back after. */
const OTHERS: Readonly<Record<string, string>> = {
  "mwan3 (every 10 s, 5 to go down, 5 to come back)": "50-70 s, 50-70 s",
  "LSM (every 1-2 s, 7 lost; back: more than 10 in a row)": "7-14 s, 11 s or more",
  "VyOS (polls every 5 s, waits 5 s for answers)": "5-10 s, 5-10 s",
  "Firewalla (every 20 s, 2 bad, 5 good)": "40 s, 100 s",
};

/** What `ip -ts monitor` said: when (milliseconds), and what. */
type Told = readonly (readonly [number, string])[];

class Monitor {
  readonly #child: ChildProcess;
  #text = "";

  constructor() {
    const kinds = ["link", "route", "rule"];
    this.#child = spawn("ip", ["-tshort", "-o", "monitor", ...kinds], {
      env: CLEAN,
      stdio: ["ignore", "pipe", "ignore"],
    });
    this.#child.stdout?.on("data", (chunk: Buffer) => {
      this.#text += chunk.toString();
    });
  }

  /** All lines since the last call. */
  take(): Told {
    const lines = this.#text.split("\n").filter((line) => line !== "");
    this.#text = "";
    return lines.map((line) => {
      const [, time = "", rest = ""] = /^\[([^\]]+)\]\s*(.*)$/.exec(line) ?? [];
      const fraction = Number(time.split(".")[1] ?? "0") / 1000;
      return [Date.parse(`${time.split(".")[0]}Z`) + fraction, rest] as const;
    });
  }

  stop(): void {
    this.#child.kill();
  }
}

/** From the carrier's loss or return to the last change of a route, milliseconds. */
function gap(told: Told): number {
  const began = told.find(([, text]) => /: up0[@:]/.test(text))?.[0];
  const ended = told.filter(([, text]) => /table 87|default dev up|900/.test(text)).at(-1)?.[0];
  return began === undefined || ended === undefined ? Number.NaN : ended - began;
}

async function gaps(monitor: Monitor, react: (down: boolean) => void): Promise<number[]> {
  const seen: number[] = [];
  for (let round = 0; round < ROUNDS * 2; round++) {
    const down = round % 2 === 0;
    monitor.take();
    cable(0, down ? "down" : "up");
    react(down);
    await sleep(400);
    seen.push(gap(monitor.take()));
  }
  return seen.filter((value) => !Number.isNaN(value));
}

/** Prints what `waymark watch` does, next to hooks without it and to shell scripts. */
export async function benchWatch(): Promise<void> {
  privateFiles();
  uplinks(3);
  const home = install();
  const hook = join(home, "ifplugd");
  const monitor = new Monitor();
  must(join(home, "waymark"), "apply");

  heading("From the carrier to the tables (median; as the kernel tells it)");
  const cold = median(await gaps(monitor, (down) => must(hook, "up0", down ? "down" : "up")));
  const peer = shellPeers(home)[1];
  const shell = median(
    await gaps(monitor, () => {
      if (peer !== undefined) must(...peer.command);
    }),
  );
  const watch = await startWatch(home);
  const hot = median(await gaps(monitor, () => undefined));
  const told = median(await gaps(monitor, (down) => must(hook, "up0", down ? "down" : "up")));
  report("a hook, cold", `${cold.toFixed(1)} ms`);
  report("a shell script (pipelines)", `${shell.toFixed(1)} ms`);
  report("watch, by itself", `${hot.toFixed(1)} ms`, "aim: below the shell script");
  report("watch, told by a hook too", `${told.toFixed(1)} ms`, "aim: below the shell script");
  await watch.end();
  monitor.stop();

  heading("A line that is up and dead (checks each second, three to go down, five to come back; median)");
  far(`address add ${SERVER}/32 dev lo`);
  for (const place of [0, 1, 2]) far(`address add 10.100.${place}.1/24 dev far${place}`);
  appendFileSync("/etc/waymark/waymark.toml", `[check]\ntargets = ["${SERVER}"]\n`);
  must(join(home, "waymark"), "apply");
  const checking = new WatchProcess(home);
  const pid = await checking.ready();
  await sleep(5000);
  const [lost, back]: [number[], number[]] = [[], []];
  for (let round = 0; round < DEATHS; round++) {
    // Not always at the same moment of a check's interval.
    await sleep((round * 1000) / DEATHS);
    lost.push(await turnOf("drop", "line1"));
    back.push(await turnOf("accept", "line0"));
  }
  report("", "left after, back after");
  report("waymark watch", `${seconds(lost)}, ${seconds(back)}`, "aim: left after at most 3 s");
  for (const [name, times] of Object.entries(OTHERS)) report(name, times, "as documented");

  heading("The process, with three lines checked each second");
  await sleep(2000);
  const before = ticksOf(pid);
  await sleep(10_000);
  const used = ((ticksOf(pid) - before) / TICKS_PER_SECOND / 10) * 100;
  report("processor time while nothing happens", `${used.toFixed(1)} %`, "aim: near zero");
  report("memory", `${memoryOf(pid).toFixed(0)} MB`, "aim: at most 70 MB");
  await checking.end();
  clear(home, 3);
}

/** A watch that has made its first looks. */
async function startWatch(home: string): Promise<WatchProcess> {
  const watch = new WatchProcess(home);
  await watch.ready();
  await sleep(2500);
  return watch;
}

const seconds = (milliseconds: readonly number[]) => `${(median(milliseconds) / 1000).toFixed(1)} s`;

/** Has the first line's far end drop or accept, and waits until new connections go by another uplink. */
async function turnOf(how: "drop" | "accept", chosen: string): Promise<number> {
  const began = performance.now();
  const add = "add table inet dead; add chain inet dead in { type filter hook input priority 0; }";
  if (how === "drop") far(`nft ${add}; add rule inet dead in iifname far0 drop`);
  else far("nft delete table inet dead");
  while (performance.now() - began < 120_000) {
    const { choice } = JSON.parse(readFileSync("/run/waymark/state.json", "utf8")) as { choice: string[] };
    if (choice[0] === chosen) return performance.now() - began;
    await sleep(20);
  }
  return Number.NaN;
}
