/** What grows with the number of uplinks, and what must not. */

import { type ChildProcess, spawn } from "node:child_process";
import { readlinkSync } from "node:fs";
import { createInterface, type Interface } from "node:readline";
import { fileURLToPath } from "node:url";
import { heading, median, report } from "./measure.ts";

const ROUNDS = 15;
const COUNTS = [3, 32, 255] as const;
const EVENTS = ["change", "nothing"] as const;

/** A machine of its own for each count, so that they take turns: what disturbs one disturbs all. */
class House {
  readonly count: number;
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;

  constructor(count: number) {
    this.count = count;
    const self = fileURLToPath(new URL("one-house.ts", import.meta.url));
    const node = [
      process.execPath,
      "--import",
      "tsx",
      self,
      String(count),
      readlinkSync("/proc/self/ns/net"),
    ];
    const options = ["--net", "--mount", "--propagation", "private"];
    this.#child = spawn("unshare", [...options, ...node], { stdio: ["pipe", "pipe", "inherit"] });
    const lines: Interface = createInterface({ input: this.#child.stdout as NodeJS.ReadableStream });
    this.#answers = lines[Symbol.asyncIterator]();
  }

  async ready(): Promise<void> {
    if ((await this.#next()) !== "ready")
      throw new Error(`the machine with ${this.count} uplinks is not ready`);
  }

  /** @returns milliseconds */
  async happen(event: (typeof EVENTS)[number]): Promise<number> {
    this.#child.stdin?.write(`${event}\n`);
    return Number(await this.#next());
  }

  end(): void {
    this.#child.stdin?.end();
  }

  async #next(): Promise<string> {
    const { value, done } = await this.#answers.next();
    if (done === true) throw new Error(`the machine with ${this.count} uplinks has ended`);
    return value;
  }
}

/** Prints an event's latency with 3, 32 and 255 uplinks as a ratio to that with 3. */
export async function benchManyUplinks(): Promise<void> {
  heading("An event with many uplinks (a line dies or returns; the same again, right behind it)");
  const houses = COUNTS.map((count) => new House(count));
  for (const house of houses) await house.ready();
  const seen = new Map<string, number[]>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const house of houses) {
      for (const event of EVENTS) {
        const key = `${house.count} ${event}`;
        seen.set(key, [...(seen.get(key) ?? []), await house.happen(event)]);
      }
    }
  }
  for (const house of houses) house.end();
  const took = (count: number, event: string) => median(seen.get(`${count} ${event}`) ?? []);
  for (const count of COUNTS) {
    for (const event of EVENTS) {
      const [now, base] = [took(count, event), took(COUNTS[0], event)];
      const aim = count === 255 ? "aim: at most 2" : `${now.toFixed(0)} ms`;
      report(`${count} uplinks, ${event}`, `${(now / base).toFixed(2)} x 3 uplinks`, aim);
    }
  }
}
