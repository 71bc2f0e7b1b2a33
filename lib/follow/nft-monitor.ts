/**
 * Listens to the packet filter. `nft monitor` keeps a copy of everybody's rules and sets: usually 4 MB, but 70 MB beside
 * a list of 100,000 addresses. Where it would take too much, or cannot run, the filter is asked whether it is there.
 */

import { readFileSync } from "node:fs";
import { PRIORITY as LOG } from "../log.ts";
import { NETLINK } from "./listening.ts";
import { type Listener, type Monitor, shortened, startMonitor } from "./monitor.ts";
import { readNftLine } from "./nft-line.ts";

const ASK_EVERY_MS = 500;
const MOST_MEMORY_KB = 16 * 1024;
const WEIGH_EVERY_MS = 60_000;
/** For an administrator who has unloaded his list meanwhile. */
const TRY_AGAIN_MS = 600_000;

export interface FilterListener extends Listener {
  /** null: cannot be told. */
  filterIsThere(): Promise<boolean | null>;
}

export function listenToNft(listener: FilterListener): Omit<Monitor, "pid"> {
  const filter = new FilterMonitor(listener);
  return { ready: filter.ready, stop: () => filter.stop() };
}

class FilterMonitor {
  readonly ready: Promise<void>;
  readonly #listener: FilterListener;
  readonly #scale: NodeJS.Timeout;
  #monitor: Monitor | null;
  #asking: NodeJS.Timeout | null = null;
  #again: NodeJS.Timeout | null = null;
  #stopped = false;

  constructor(listener: FilterListener) {
    this.#listener = listener;
    this.#ask();
    const monitor = this.#begin();
    this.#monitor = monitor;
    this.ready = monitor.ready;
    this.#scale = setInterval(() => {
      const pid = this.#monitor?.pid() ?? null;
      if (pid !== null) this.#weigh(pid);
    }, WEIGH_EVERY_MS);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#doNotAsk();
    clearInterval(this.#scale);
    if (this.#again !== null) clearTimeout(this.#again);
    await this.#monitor?.stop();
  }

  #begin(): Monitor {
    return startMonitor(this.#listener, {
      file: "nft",
      args: ["monitor"],
      protocol: NETLINK.netfilter,
      onLine: (line) => this.#heard(line),
      onComplaint: () => this.#listener.heard({ kind: "missed" }),
      onListening: (pid) => {
        this.#doNotAsk();
        this.#weigh(pid);
      },
      onEnd: () => this.#ask(),
    });
  }

  #heard(line: string): void {
    const change = readNftLine(line);
    if (change === null) return;
    if (change.kind === "missed") this.#listener.heard({ kind: "missed" });
    else this.#listener.heard({ kind: "filter", ...(change.gone ? { removed: shortened(line) } : {}) });
  }

  #weigh(pid: number): void {
    const size = memoryOf(pid);
    if (size === null || size <= MOST_MEMORY_KB || this.#monitor === null) return;
    const megabytes = Math.round(size / 1024);
    const text = `nft monitor takes ${megabytes} MB for the sets of this machine: the packet filter is asked twice a second instead`;
    this.#listener.say({ priority: LOG.info, text });
    this.#ask();
    void this.#monitor.stop();
    this.#monitor = null;
    this.#again = setTimeout(() => {
      this.#monitor = this.#begin();
    }, TRY_AGAIN_MS);
  }

  #ask(): void {
    this.#asking ??= setInterval(() => void this.#askOnce(), ASK_EVERY_MS);
  }

  #doNotAsk(): void {
    if (this.#asking !== null) clearInterval(this.#asking);
    this.#asking = null;
  }

  async #askOnce(): Promise<void> {
    // Who cannot be asked says nothing.
    const there = await this.#listener.filterIsThere().catch(() => null);
    if (there === false && !this.#stopped) {
      this.#listener.heard({ kind: "filter", removed: "delete table inet waymark" });
    }
  }
}

/** VmRSS of proc(5), kB; null: it has ended. */
function memoryOf(pid: number): number | null {
  try {
    const found = /^VmRSS:\s*(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
    return found === null ? null : Number(found[1]);
  } catch {
    return null;
  }
}
