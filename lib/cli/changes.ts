/** Waits for news: a folder in which something was written, or time that has passed. */

import { type FSWatcher, watch } from "node:fs";
import { isAbsent } from "../state/files.ts";

/** One run writes several files. */
const SETTLE_MS = 50;
/** However much is written. */
const SHORTEST_MS = 200;

export class Changes {
  readonly #folder: string;
  readonly #longest: number;
  #watcher: FSWatcher | null = null;
  #news = false;
  #wake: () => void = () => undefined;
  #last = Date.now();
  #closed = false;

  /** @param longest milliseconds after which it is news that there is none */
  constructor(folder: string, longest: number) {
    this.#folder = folder;
    this.#longest = longest;
  }

  /** Resolves at the next change since the last call, or when time is up. */
  async next(): Promise<void> {
    this.#watch();
    const early = this.#last + SHORTEST_MS;
    if (!this.#news) await this.#woken(this.#last + this.#longest - Date.now());
    await this.#pause(Math.max(early - Date.now(), this.#news ? SETTLE_MS : 0));
    this.#news = false;
    this.#last = Date.now();
  }

  close(): void {
    this.#closed = true;
    this.#watcher?.close();
    this.#wake();
  }

  #woken(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.max(0, milliseconds));
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #pause(milliseconds: number): Promise<void> {
    return this.#closed ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, milliseconds));
  }

  /** Tried anew each time: the folder may come later. */
  #watch(): void {
    if (this.#watcher !== null || this.#closed) return;
    try {
      const watcher = watch(this.#folder, () => {
        this.#news = true;
        this.#wake();
      });
      watcher.on("error", () => {
        watcher.close();
        this.#watcher = null;
      });
      this.#watcher = watcher;
    } catch (error) {
      // ENOSPC, EMFILE: no inotify left to be had; then once a second it is.
      const code = (error as NodeJS.ErrnoException).code ?? "";
      if (!isAbsent(error) && !["ENOSPC", "EMFILE", "EACCES"].includes(code)) throw error;
    }
  }
}
