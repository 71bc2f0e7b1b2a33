/** Starts a program that says what it has to say in lines, and dies when we do. */

import { type ChildProcess, spawn } from "node:child_process";
import { LineReader } from "./line-reader.ts";

export interface LineChildOptions {
  /** Name looked up in PATH; no shell has a hand in it. */
  readonly file: string;
  readonly args: readonly string[];
  /** The lines that came at once. Bytes are characters here (latin1): a device's name may be no UTF-8. */
  onLines(lines: readonly string[]): void;
  /** A line on standard error. */
  onComplaint(line: string): void;
  /** It ended, or could not be started: `exit 2: ping: unknown interface`. */
  onEnd(why: string): void;
}

export interface LineChild {
  /** null: it could not be started; `onEnd` tells why. */
  readonly pid: number | null;
  /** false: it is gone. */
  signal(signal: "SIGSTOP" | "SIGCONT" | "SIGKILL"): boolean;
  /** Ends it and resolves when it is gone; nothing more is told. */
  end(): Promise<void>;
}

/** Children see a fixed locale, and the caller's PATH. */
const CHILD_ENV = { PATH: process.env.PATH ?? "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C" };

/** They die with us, even if we are killed, and stopped ones too: setpriv(1), of the essential package util-linux. */
const WITH_US = ["--pdeathsig", "KILL", "--"];

export function startLineChild(options: LineChildOptions): LineChild {
  const { file, args } = options;
  let quiet = false;
  let why: string | null = null;
  let isOver = () => {};
  const over = new Promise<void>((resolve) => {
    isOver = resolve;
  });
  const ended = (how: string) => {
    isOver();
    if (!quiet) options.onEnd(how);
    quiet = true;
  };
  const child = spawn("setpriv", [...WITH_US, file, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: CHILD_ENV,
    cwd: "/",
  });
  const said = new LineReader();
  const complained = new LineReader();
  // Without a file descriptor to spare there are no streams, whatever the type says.
  const { stdout, stderr }: Partial<ChildProcess> = child;
  stdout?.setEncoding("latin1").on("data", (piece: string) => {
    const lines = said.read(piece);
    if (lines.length > 0 && !quiet) options.onLines(lines);
  });
  stderr?.setEncoding("latin1").on("data", (piece: string) => {
    for (const line of complained.read(piece)) {
      why = line;
      if (!quiet) options.onComplaint(line);
    }
  });
  child.on("error", (error) => {
    // What was never started does not close either.
    if (child.pid === undefined) ended(`cannot be started: ${error.message}`);
  });
  child.on("close", (status, signal) => {
    const how = status === null ? `ended by ${signal}` : `exit ${status}`;
    if (child.pid !== undefined) ended(why === null ? how : `${how}: ${why}`);
  });
  return {
    pid: child.pid ?? null,
    signal: (signal) => child.kill(signal),
    end: () => {
      quiet = true;
      // None of the programs that are run like this has anything to tidy up.
      if (child.pid !== undefined) child.kill("SIGKILL");
      return over;
    },
  };
}
