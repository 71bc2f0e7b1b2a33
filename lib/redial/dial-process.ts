/** The processes of dial commands: started apart from us, known again by whoever comes after us, ended as a group. */

import { spawn } from "node:child_process";
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
} from "node:fs";
import { startTimeOf } from "../health/parse.ts";
import { readText } from "../state/files.ts";
import { ordinaryGroup } from "../watch/ordinary-group.ts";

/** A process that cannot be taken for another one that got its number later. */
export interface DialProcess {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat (proc(5)). */
  readonly startTime: string;
  /** The systemd unit that the command runs in; the process then only waits for it. null: the process is the command. */
  readonly unit: string | null;
}

export interface DialCommand {
  /** Program, looked up in `environment.PATH`, and its arguments; no shell sees them. */
  readonly argv: readonly string[];
  /** All of it: nothing is inherited. */
  readonly environment: Readonly<Record<string, string>>;
  /** Standard output and error go to this file, which is emptied first; standard input is empty. */
  readonly output: string;
  /** The systemd unit that the words of `argv` start and wait for; null: none. */
  readonly unit: string | null;
}

/**
 * Starts a command in a session and process group of its own, so that it lives on without us and can be ended whole.
 * Its output is a file and not a pipe: a dial that runs for hours must not die of our restart.
 * @param ended is called with its status (null: ended by a signal) unless we end first
 * @throws Error that says why it cannot be started
 */
export function startDial(command: DialCommand, ended: (status: number | null) => void): DialProcess {
  const [program = "", ...args] = command.argv;
  const output = openSync(command.output, "a", 0o600);
  try {
    ftruncateSync(output);
    const child = spawn(program, args, {
      cwd: "/",
      env: command.environment,
      stdio: ["ignore", output, output],
      detached: true,
      ...ordinaryGroup(),
    });
    // Without a listener what stops it would stop us. What it was is thrown below.
    child.on("error", () => undefined);
    child.unref();
    if (child.pid === undefined) throw new Error(whyNot(program, command.environment.PATH));
    const stat = `/proc/${child.pid}/stat`;
    const startTime = startTimeOf(readText(stat) ?? "");
    if (startTime === null) {
      // Who cannot be known again cannot be ended later.
      child.kill("SIGKILL");
      throw new Error(
        `${program} was started and ended again: ${stat} cannot be seen (ProtectProc= or hidepid?)`,
      );
    }
    // Only of a dial that the caller knows.
    child.on("exit", ended);
    return { pid: child.pid, startTime, unit: command.unit };
  } finally {
    closeSync(output);
  }
}

/** spawn(2)'s own reason comes too late, as an event. */
function whyNot(program: string, path = ""): string {
  const places = program.includes("/") ? [program] : path.split(":").map((folder) => `${folder}/${program}`);
  const found = places.filter((place) => statSync(place, { throwIfNoEntry: false })?.isFile() === true);
  return found.length > 0
    ? `${found[0]} cannot be run: is it executable, and is the interpreter in its first line there?`
    : `there is no program ${program}${program.includes("/") ? "" : ` in ${path}`}`;
}

/** Whether it still runs; one that has ended and was not fetched yet (a zombie) does not. */
export function isRunning({ pid, startTime }: DialProcess): boolean {
  const stat = textOf(`/proc/${pid}/stat`);
  const condition = stat.slice(stat.lastIndexOf(")") + 2)[0];
  return startTimeOf(stat) === startTime && condition !== "Z" && condition !== "X";
}

/**
 * Sends a signal to all processes of a dial, if it is still the same: those of its unit, which then ends the process that
 * waits for it, or those of its process group.
 */
export function signalDial(dial: DialProcess, signal: "SIGTERM" | "SIGKILL"): void {
  if (!isRunning(dial)) return;
  if (dial.unit !== null) {
    const options = { stdio: "ignore", detached: true } as const;
    const sender = spawn("systemctl", ["kill", `--signal=${signal}`, dial.unit], options);
    // systemctl may be what hangs: at the second signal the process that waits goes in any case.
    sender.on("error", () => undefined);
    sender.unref();
    if (signal === "SIGTERM") return;
  }
  try {
    process.kill(-dial.pid, signal);
  } catch (error) {
    // It ended in this very moment.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

const TAIL = 4096;
/** Beyond this the file is emptied: what a command says over months must not fill /run. */
const LARGEST = 64 * 1024;

/** The last line with something in it of what a command said; "" if it said nothing. */
export function lastLine(path: string): string {
  let file: number;
  try {
    file = openSync(path, "r+");
  } catch {
    return "";
  }
  try {
    const { size } = fstatSync(file);
    const tail = Buffer.alloc(Math.min(size, TAIL));
    readSync(file, tail, 0, tail.length, size - tail.length);
    if (size > LARGEST) ftruncateSync(file);
    const lines = tail
      .toString("utf8")
      .split(/[\r\n]+/)
      .map((line) => line.trim());
    return (lines.filter((line) => line !== "").at(-1) ?? "").slice(0, 200);
  } finally {
    closeSync(file);
  }
}

/** Whether root runs a pppd that was told to dial one of these names: `call NAME`, `linkname NAME`, `ipparam NAME`. */
export function isPppdDialling(names: readonly string[]): boolean {
  if (names.length === 0) return false;
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .some((pid) => {
      const words = textOf(`/proc/${pid}/cmdline`).split("\0");
      return (words[0] ?? "").endsWith("pppd") && dials(words, names) && isRoots(pid);
    });
}

function dials(words: readonly string[], names: readonly string[]): boolean {
  return words.some((word, place) => {
    const told = ["call", "linkname", "ipparam"].includes(word) ? words[place + 1] : undefined;
    return told !== undefined && names.some((name) => told === name || told === `/etc/ppp/peers/${name}`);
  });
}

/** Anybody may call a process of theirs pppd. */
function isRoots(pid: string): boolean {
  return statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid === 0;
}

/** "" for a process that is gone, or going. */
function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
