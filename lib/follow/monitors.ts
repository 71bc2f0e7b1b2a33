/** The programs that tell what changes in the kernel: `ip monitor` and `nft monitor`, kept running. */

import { readFileSync } from "node:fs";
import { escapeLine, PRIORITY as LOG, type LogLine } from "../log.ts";
import type { BackOff } from "./back-off.ts";
import type { Cause } from "./cause.ts";
import { readIpLine } from "./ip-line.ts";
import { KeptProcess } from "./kept-process.ts";
import { Known } from "./known.ts";
import { NETLINK, untilListening } from "./listening.ts";
import { readNftLine } from "./nft-line.ts";

export interface Heard {
  /** `others`: routes or rules that are not ours. */
  readonly kind: Cause | "others";
  /** The device that it is about. */
  readonly device?: string;
  /** The line, if something of ours was taken away. */
  readonly removed?: string;
}

export interface ListenOptions {
  heard(heard: Heard): void;
  filterIsThere(): Promise<boolean | null>;
  say(line: LogLine): void;
}

const BACK_OFF: BackOff = { first: 100, longest: 30_000, settled: 60_000 };
/** In words that fit into a message. */
const LONGEST_REMOVED = 160;

const IP = ["-o", "-N", "monitor", "label", "link", "address", "route", "rule"] as const;

/** Starts both; `ready` resolves when each listens, or has ended instead. */
export function listen(options: ListenOptions): { ready: Promise<void>; stop(): Promise<void> } {
  const routing = listenToIp(options);
  const filter = listenToNft(options);
  return {
    ready: Promise.all([routing.ready, filter.ready]).then(() => undefined),
    stop: async () => {
      await Promise.all([routing.stop(), filter.stop()]);
    },
  };
}

interface Monitor {
  readonly ready: Promise<void>;
  stop(): Promise<void>;
}

function shortened(line: string): string {
  return escapeLine(line.slice(0, LONGEST_REMOVED));
}

function listenToIp({ heard, say }: ListenOptions): Monitor {
  const known = new Known();
  const onLine = (line: string) => {
    const change = readIpLine(line);
    if (change === null || !known.isNew(change)) return;
    switch (change.kind) {
      case "link":
      case "address":
        heard({ kind: change.kind, device: change.kind === "link" ? change.device : known.nameOf(change) });
        break;
      case "others":
        heard({ kind: "others" });
        break;
      case "route":
      case "rule":
      case "default":
        heard({ kind: change.kind, ...(change.gone ? { removed: shortened(line) } : {}) });
        break;
    }
  };
  return monitor(
    "ip",
    IP,
    NETLINK.route,
    { heard, say },
    {
      onLines: (lines) => lines.forEach(onLine),
      // "netlink receive error No buffer space available (105)": it goes on listening, but has missed something.
      onComplaint: () => {
        known.forget();
        heard({ kind: "missed" });
      },
      onStart: () => known.forget(),
    },
  );
}

/** How often the packet filter is asked whether it is there, while nobody tells when it goes. */
const ASK_EVERY_MS = 500;
/**
 * `nft monitor` keeps a copy of everybody's rules and sets: usually 4 MB, but 70 MB beside a list of 100,000 addresses.
 * Beyond this it is ended, and the filter asked instead.
 */
const MOST_MEMORY_KB = 16 * 1024;
const WEIGH_EVERY_MS = 60_000;
/** For an administrator who has unloaded his list meanwhile. */
const TRY_AGAIN_MS = 600_000;

function listenToNft({ heard, filterIsThere, say }: ListenOptions): Monitor {
  let asking: NodeJS.Timeout | null = null;
  let current: (Monitor & { readonly kept: KeptProcess }) | null = null;
  let again: NodeJS.Timeout | null = null;
  let stopped = false;

  const ask = () => {
    asking ??= setInterval(async () => {
      if ((await filterIsThere()) === false && !stopped)
        heard({ kind: "filter", removed: "table inet waymark" });
    }, ASK_EVERY_MS);
  };
  const doNotAsk = () => {
    if (asking !== null) clearInterval(asking);
    asking = null;
  };
  const onLine = (line: string) => {
    const change = readNftLine(line);
    if (change === null) return;
    if (change.kind === "missed") heard({ kind: "missed" });
    else heard({ kind: "filter", ...(change.gone ? { removed: shortened(line) } : {}) });
  };
  const begin = (): Monitor => {
    const begun = monitor(
      "nft",
      ["monitor"],
      NETLINK.netfilter,
      { heard, say },
      {
        onLines: (lines) => lines.forEach(onLine),
        onComplaint: () => heard({ kind: "missed" }),
        onListening: (pid) => {
          doNotAsk();
          weigh(pid);
        },
        onEnd: ask,
      },
    );
    current = begun;
    return begun;
  };
  const weigh = (pid: number) => {
    const size = memoryOf(pid);
    if (size === null || size <= MOST_MEMORY_KB || current === null) return;
    say({
      priority: LOG.info,
      text: `nft monitor takes ${Math.round(size / 1024)} MB for the sets of this machine: the packet filter is asked twice a second instead`,
    });
    ask();
    void current.stop();
    current = null;
    again = setTimeout(begin, TRY_AGAIN_MS);
  };
  const scale = setInterval(() => {
    const pid = current?.kept.pid ?? null;
    if (pid !== null) weigh(pid);
  }, WEIGH_EVERY_MS);

  ask();
  const { ready } = begin();
  return {
    ready,
    stop: async () => {
      stopped = true;
      doNotAsk();
      clearInterval(scale);
      if (again !== null) clearTimeout(again);
      await current?.stop();
    },
  };
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

interface MonitorEvents {
  onLines(lines: readonly string[]): void;
  onComplaint(line: string): void;
  onStart?(): void;
  onListening?(pid: number): void;
  onEnd?(): void;
}

/** One monitor. Whenever it begins to listen, what was before it has to be looked at. */
function monitor(
  file: string,
  args: readonly string[],
  protocol: number,
  { heard, say }: Pick<ListenOptions, "heard" | "say">,
  events: MonitorEvents,
): Monitor & { readonly kept: KeptProcess } {
  let isReady = () => {};
  const ready = new Promise<void>((resolve) => {
    isReady = resolve;
  });
  let complained = false;
  const name = `${file} ${args.join(" ")}`;
  const kept = new KeptProcess({
    file,
    args,
    backOff: BACK_OFF,
    onLines: events.onLines,
    onComplaint: events.onComplaint,
    onStart: (pid) => {
      events.onStart?.();
      void untilListening(pid, protocol).then((listens) => {
        if (kept.pid !== pid) return;
        if (complained) say({ priority: LOG.info, text: `${name} runs again` });
        complained = false;
        if (listens) events.onListening?.(pid);
        heard({ kind: "listening" });
        isReady();
      });
    },
    onEnd: (why, wait) => {
      if (!complained)
        say({ priority: LOG.warning, text: `${name}: ${escapeLine(why)}: started again in ${wait} ms` });
      complained = true;
      events.onEnd?.();
      isReady();
    },
  });
  return { ready, kept, stop: () => kept.stop() };
}
