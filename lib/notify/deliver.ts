/**
 * Tells the programs of notify.d what waits for them: each program hears everything in order and one thing at a time; one
 * that is slow keeps no other waiting.
 */

import { type LogLine, PRIORITY } from "../log.ts";
import type { Programs } from "./programs.ts";
import type { Batch } from "./queue.ts";

/** How a program ended. */
export interface ProgramEnd {
  /** null: it was ended by a signal, or never started. */
  readonly status: number | null;
  /** Why it did not end by itself; null: it did. */
  readonly why: string | null;
  /** The last line that it said. */
  readonly words: string;
}

/** Everything outside that telling touches. */
export interface NoticeEdge {
  /** Takes the lock of those who tell. @returns what gives it back; null: somebody has it */
  lock(): Promise<(() => Promise<void>) | null>;
  /** Names of the batches that wait, oldest first. */
  waiting(): string[];
  read(name: string): Batch;
  remove(name: string): void;
  programs(): Programs;
  /** Runs a program to its end, or to that of its time. Never rejects. */
  run(path: string, environment: Readonly<Record<string, string>>): Promise<ProgramEnd>;
  wait(milliseconds: number): Promise<void>;
  say(lines: readonly LogLine[]): void;
}

/**
 * Tells everything that waits. Ends at once when somebody else is at it: whoever holds the lock looks once more after
 * giving it back, so that nothing is left lying.
 */
export async function deliverNotices(edge: NoticeEdge): Promise<void> {
  while (edge.waiting().length > 0) {
    const unlock = await edge.lock();
    if (unlock === null) return;
    try {
      await deliverAll(edge);
    } finally {
      await unlock();
    }
  }
}

/** While a program is busy, the others are told of what comes meanwhile: so often is looked for it, milliseconds. */
const POLL = 500;

async function deliverAll(edge: NoticeEdge): Promise<void> {
  const refusals = new Set<string>();
  /** By program: the batch that it heard last. Names of batches are in their order. */
  const heard = new Map<string, string>();
  const busy = new Map<string, Promise<void>>();
  for (;;) {
    const names = edge.waiting();
    if (names.length === 0 && busy.size === 0) return;
    const { run, refused } = edge.programs();
    for (const text of refused.filter((text) => !refusals.has(text))) {
      refusals.add(text);
      edge.say([{ priority: PRIORITY.warning, text: `not run: ${text}` }]);
    }
    const hasHeard = (path: string, name: string) => (heard.get(path) ?? "") >= name;
    for (const path of run.filter((candidate) => !busy.has(candidate))) {
      const next = names.find((name) => !hasHeard(path, name));
      if (next === undefined) continue;
      const task = tellProgram(edge, path, edge.read(next)).then(() => {
        heard.set(path, next);
        busy.delete(path);
      });
      busy.set(path, task);
    }
    for (const name of names) if (run.every((path) => hasHeard(path, name))) edge.remove(name);
    if (busy.size > 0) await Promise.race([...busy.values(), edge.wait(POLL)]);
  }
}

async function tellProgram(edge: NoticeEdge, path: string, notices: Batch): Promise<void> {
  for (const notice of notices) {
    const { status, why, words } = await edge.run(path, notice);
    if (why === null && status === 0) continue;
    const what = [notice.WAYMARK_EVENT, notice.WAYMARK_UPLINK].filter((word) => word !== "").join(" ");
    const said = words === "" ? "" : `: ${words}`;
    const how = why ?? (status === null ? "was ended by a signal" : `ended with status ${status}`);
    edge.say([{ priority: PRIORITY.warning, text: `${path} (${what}): ${how}${said}` }]);
  }
}
