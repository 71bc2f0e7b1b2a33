/** `waymark watch` as something that is measured. */

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CLEAN } from "./house.ts";

export class WatchProcess {
  readonly #child: ChildProcess;
  #said = "";

  /** @param home where the built files are */
  constructor(home: string) {
    this.#child = spawn(join(home, "waymark"), ["watch"], { env: CLEAN, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on("data", (chunk: Buffer) => {
        this.#said = (this.#said + chunk.toString()).slice(-4000);
      });
  }

  /** The end of what it said. */
  get said(): string {
    return this.#said;
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Waits until it watches. @returns its process number */
  async ready(): Promise<number> {
    // The front gives way to Node: it is one process from the beginning.
    const { pid = 0 } = this.#child;
    const watcher = "/run/waymark/watch.pid";
    while (this.isAlive && !(existsSync(watcher) && Number(readFileSync(watcher, "utf8")) === pid))
      await sleep(20);
    if (!this.isAlive) throw new Error(`waymark watch ended: ${this.#said}`);
    return pid;
  }

  end(): Promise<void> {
    return new Promise((resolve) => {
      this.#child.on("exit", () => resolve());
      this.#child.kill("SIGTERM");
    });
  }
}

/** Resident memory, megabytes. */
export const memoryOf = (pid: number) => megabytes(pid, "VmRSS");
/** The most that it ever was. */
export const peakOf = (pid: number) => megabytes(pid, "VmHWM");
/** That part of it that is not program text, which all of Node's processes share. */
export const ownMemoryOf = (pid: number) => megabytes(pid, "RssAnon");

function megabytes(pid: number, field: string): number {
  const kilobytes = new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(
    readFileSync(`/proc/${pid}/status`, "utf8"),
  )?.[1];
  return Number(kilobytes) / 1024;
}

/** User and system time of a process, in ticks. */
export function ticksOf(pid: number): number {
  const fields = statOf(pid);
  return Number(fields[11]) + Number(fields[12]);
}

/** The same of all that it ever ran: those that have ended, and those that live. */
export function ticksOfHelpers(pid: number): number {
  const fields = statOf(pid);
  const ended = Number(fields[13]) + Number(fields[14]);
  const living = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean);
  return living.reduce((sum, child) => sum + ticksIfThere(Number(child)), ended);
}

/** How often the choice changed since the start. */
export function switchesSoFar(): number {
  const { switches } = JSON.parse(readFileSync("/run/waymark/state.json", "utf8")) as { switches?: number };
  return switches ?? 0;
}

function ticksIfThere(pid: number): number {
  try {
    return ticksOf(pid);
  } catch {
    // It ended while the others were read: it counts among those next time.
    return 0;
  }
}

/** The fields of /proc/PID/stat from the third on (proc(5)). */
function statOf(pid: number): string[] {
  return readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
}
