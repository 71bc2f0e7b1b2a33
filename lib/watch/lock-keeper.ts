/**
 * The lock, for a process that lives long: Node has no flock(2), and a process of its own for each taking would cost
 * more than the run that needs it. A small shell stays instead, and takes and gives back what the hooks' fronts take.
 */

import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";

/** Opened anew each time: the directory may have been made anew. */
const SCRIPT = `while read -r seconds; do
  exec 9<"$1" || exec 9</run
  if flock -w "$seconds" 9; then echo held; else echo busy; fi
  read -r line
  exec 9<&-
done`;

type Keeper = ChildProcessByStdio<Writable, Readable, null>;

export class LockKeeper {
  readonly #directory: string;
  #child: Keeper | null = null;
  #waiting: ((word: string | null) => void) | null = null;
  #turn: Promise<unknown> = Promise.resolve();
  #stopped = false;

  /** @param directory which is the lock */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /**
   * Does something under the lock, one thing at a time.
   * @param patience whole seconds to wait for the lock
   * @throws Error when the lock cannot be had; and what the work throws
   */
  async hold<T>(patience: number, work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(() => this.#held(patience, work));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /** Ends the shell; whatever is held is given back. */
  stop(): void {
    this.#stopped = true;
    this.#child?.stdin.end();
  }

  async #held<T>(patience: number, work: () => Promise<T>): Promise<T> {
    if (this.#stopped) throw new Error("the lock is not taken any more: this process is ending");
    const word = await this.#ask(patience);
    try {
      if (word !== "held") {
        const why = word === null ? "flock(1) cannot be run" : `somebody has held it for ${patience} s`;
        throw new Error(`cannot take the lock ${this.#directory}: ${why}`);
      }
      return await work();
    } finally {
      this.#child?.stdin.write("done\n");
    }
  }

  #ask(patience: number): Promise<string | null> {
    return new Promise((resolve) => {
      this.#child ??= this.#start();
      this.#waiting = resolve;
      this.#child.stdin.write(`${patience}\n`);
    });
  }

  #start(): Keeper {
    const child = spawn("/bin/sh", ["-c", SCRIPT, "waymark-lock", this.#directory], {
      stdio: ["pipe", "pipe", "ignore"],
      env: { PATH: process.env.PATH, LC_ALL: "C" },
    });
    const gone = () => {
      if (this.#child !== child) return;
      this.#child = null;
      this.#hear(null);
    };
    child.on("error", gone);
    child.on("exit", gone);
    // A shell that has gone is noticed by its exit.
    child.stdin.on("error", () => undefined);
    child.stdout.setEncoding("utf8").on("data", (text: string) => this.#hear(text.trim()));
    return child;
  }

  #hear(word: string | null): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.(word);
  }
}
