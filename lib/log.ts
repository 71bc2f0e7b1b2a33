/** Lines for the journal. Node has no datagram sockets, so the journal's stream socket or logger(1) carries them. */

import { statSync } from "node:fs";
import { connect } from "node:net";
import type { Run } from "./kernel/command.ts";

/** syslog(3) priorities that are used. */
export const PRIORITY = { error: 3, warning: 4, notice: 5, info: 6, debug: 7 } as const;

export interface LogLine {
  readonly priority: (typeof PRIORITY)[keyof typeof PRIORITY];
  readonly text: string;
}

/** What systemd-cat(1) and every service's standard output speak to. */
const JOURNAL = "/run/systemd/journal/stdout";
const TAG = "waymark";
/** The journal's own limit for a line is 48 KiB; nobody reads that much. */
const LONGEST = 2000;

/** One line, without control characters that could forge another. */
export function escapeLine(text: string): string {
  const line = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (char) => {
    return char === "\n" ? "; " : `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
}

/** `<6>text`: the prefix that journald and `logger --prio-prefix` both read; every line bears one. */
export function formatLines(lines: readonly LogLine[]): string {
  return lines.map(({ priority, text }) => `<${priority}>${escapeLine(text)}\n`).join("");
}

/** Writes lines to the journal, or to syslog where no journal listens. Never throws: there is nowhere left to say it. */
export async function writeLog(run: Run, lines: readonly LogLine[]): Promise<void> {
  if (lines.length === 0) return;
  const text = formatLines(lines);
  if (hasJournal() && (await toJournal(text))) return;
  await run({
    file: "logger",
    args: ["--prio-prefix", "-t", TAG, `--id=${process.pid}`, "-p", "daemon.info"],
    input: text,
  });
}

function hasJournal(): boolean {
  try {
    return statSync(JOURNAL).isSocket();
  } catch {
    return false;
  }
}

/**
 * The journal's stream protocol, as sd_journal_stream_fd(3) begins it: identifier, unit, priority, level prefix on,
 * and no forwarding, each on a line; then the lines themselves.
 */
function toJournal(text: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(JOURNAL);
    socket.setTimeout(1000, () => {
      socket.destroy();
      resolve(false);
    });
    socket.on("error", () => resolve(false));
    // The journal never answers; once it has been handed over and closed, it is written.
    socket.on("close", (failed) => resolve(!failed));
    socket.on("connect", () => {
      socket.resume();
      socket.end(`${TAG}\n\n${PRIORITY.info}\n1\n0\n0\n0\n${text}`, () => socket.destroy());
    });
  });
}
