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

async function deliverAll(edge: NoticeEdge): Promise<void> {
  const told = new Set<string>();
  for (;;) {
    const names = edge.waiting();
    if (names.length === 0) return;
    const { run, refused } = edge.programs();
    for (const text of refused.filter((text) => !told.has(text))) {
      told.add(text);
      edge.say([{ priority: PRIORITY.warning, text: `not run: ${text}` }]);
    }
    const notices = names.flatMap((name) => edge.read(name));
    await Promise.all(run.map((path) => tellProgram(edge, path, notices)));
    for (const name of names) edge.remove(name);
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
