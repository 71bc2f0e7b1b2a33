/** A program that is to run all the time: what it prints is passed on, and when it ends it is started again. */

import { type BackOff, nextWait } from "./back-off.ts";
import { type LineChild, type LineChildOptions, startLineChild } from "./line-child.ts";

export interface KeptOptions extends Omit<LineChildOptions, "onEnd"> {
  readonly backOff: BackOff;
  /** It was started, the first time or again. */
  onStart(pid: number): void;
  /** It ended, or could not be started; it will be tried again in `wait` milliseconds. */
  onEnd(why: string, wait: number): void;
}

/** A program that is kept running until it is stopped. */
export class KeptProcess {
  readonly #options: KeptOptions;
  #child: LineChild | null = null;
  #timer: NodeJS.Timeout | null = null;
  #wait = 0;

  constructor(options: KeptOptions) {
    this.#options = options;
    this.#start();
  }

  /** null: it does not run just now. */
  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  /** Ends it for good; resolves when it is gone. Nothing is told any more. */
  async stop(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#child?.end();
    this.#child = null;
  }

  #start(): void {
    const began = performance.now();
    this.#child = startLineChild({
      ...this.#options,
      onEnd: (why) => {
        this.#child = null;
        this.#wait = nextWait(this.#wait, performance.now() - began, this.#options.backOff);
        this.#timer = setTimeout(() => this.#start(), this.#wait);
        this.#options.onEnd(why, this.#wait);
      },
    });
    if (this.#child.pid !== null) this.#options.onStart(this.#child.pid);
  }
}
