/** Timing of whole programs, interleaved, and of who starts whom. */

import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CLEAN, must } from "./house.ts";

export interface Candidate {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** Done before each run, not timed. */
  readonly before?: () => void;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** What a hook leaves to be done when its caller goes on has ended by then; the next event seldom comes as soon. */
const QUIET_SECONDS = "0.02";

/** Milliseconds of wall time of a command that must succeed. */
export function timed(command: Candidate["command"]): number {
  spawnSync("sleep", [QUIET_SECONDS]);
  const [file, ...args] = command;
  const start = process.hrtime.bigint();
  const done = spawnSync(file, args, { env: CLEAN, stdio: "ignore" });
  const took = Number(process.hrtime.bigint() - start) / 1e6;
  if (done.status !== 0) throw new Error(`${command.join(" ")} ended with ${done.status}`);
  return took;
}

/** Milliseconds of wall time per candidate, the candidates taking turns. */
export function times(candidates: readonly Candidate[], rounds: number): Map<string, number> {
  const seen = new Map<string, number[]>(candidates.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const { name, command, before } of candidates) {
      before?.();
      seen.get(name)?.push(timed(command));
    }
  }
  return new Map([...seen].map(([name, values]) => [name, median(values)]));
}

const TOOLS = ["ip", "nft", "conntrack", "perl", "logger"] as const;

/** Which tools a command starts, counted by stand-ins that note their names and become the real ones. */
export function children(command: readonly [string, ...string[]]): Record<string, number> {
  const shims = mkdtempSync(join(tmpdir(), "waymark-shims-"));
  const notes = join(shims, "notes");
  writeFileSync(notes, "");
  for (const tool of TOOLS) {
    const real = must("sh", "-c", `command -v ${tool}`).trim();
    writeFileSync(join(shims, tool), `#!/bin/sh\necho ${tool} >>${notes}\nexec ${real} "$@"\n`);
    chmodSync(join(shims, tool), 0o755);
  }
  const [file, ...args] = command;
  spawnSync(file, args, { env: { PATH: `${shims}:${CLEAN.PATH}` }, stdio: "ignore" });
  const names = readFileSync(notes, "utf8")
    .split("\n")
    .filter((name) => name !== "");
  rmSync(shims, { recursive: true });
  return Object.fromEntries(TOOLS.map((tool) => [tool, names.filter((name) => name === tool).length]));
}

/** A line of a report: a name, what was seen, and how it stands to the aim. */
export function report(name: string, seen: string, aim = ""): void {
  process.stdout.write(`${name.padEnd(58)} ${seen.padStart(22)}  ${aim}\n`);
}

export function heading(text: string): void {
  process.stdout.write(`\n${text}\n`);
}
