/** Lines for the journal. Node has no Unix datagram sockets, so logger(1) carries them. */

import type { Run } from "./kernel/command.ts";

/** syslog(3) priorities that are used. */
export const PRIORITY = { error: 3, warning: 4, notice: 5, info: 6, debug: 7 } as const;

export interface LogLine {
  readonly priority: (typeof PRIORITY)[keyof typeof PRIORITY];
  readonly text: string;
}

const TAG = "waymark";
/** The journal's own limit for a line is 48 KiB; nobody reads that much. */
const LONGEST = 2000;

/** Characters that could end the line, forge another, or steer a terminal. */
function isControl(code: number): boolean {
  return code < 0x20 || (code >= 0x7f && code <= 0x9f) || code === 0x2028 || code === 0x2029;
}

/** One line, without control characters. */
export function escapeLine(text: string): string {
  let line = "";
  for (const char of text.slice(0, LONGEST)) {
    const code = char.charCodeAt(0);
    if (!isControl(code)) line += char;
    else line += char === "\n" ? "; " : `\\x${code.toString(16).padStart(2, "0")}`;
  }
  return text.length > LONGEST ? `${line}…` : line;
}

/** `<6>text`: the prefix that journald and `logger --prio-prefix` both read; every line bears one. */
export function formatLines(lines: readonly LogLine[]): string {
  return lines.map(({ priority, text }) => `<${priority}>${escapeLine(text)}\n`).join("");
}

/** Sends lines to the system log. Never throws: there is nowhere left to say it. */
export async function writeLog(run: Run, lines: readonly LogLine[]): Promise<void> {
  if (lines.length === 0) return;
  // Not --id=PID: with it logger up to 2.38 sends a random user id along, and the journal notes our whole command line.
  const args = ["--prio-prefix", "-t", TAG, "--id", "-p", "daemon.info"];
  await run({ file: "logger", args, input: formatLines(lines) });
}
