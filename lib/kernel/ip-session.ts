/**
 * The `ip -batch` that the hook's front started while Node did: it has looked at the kernel by now, and waits for lines.
 * Asking it costs a hook a fifth of a millisecond; a process of its own costs it five.
 */

import { closeSync, fstatSync, readSync, writeFileSync, writeSync } from "node:fs";
import { StringDecoder } from "node:string_decoder";
import { readLongText, readText } from "../state/files.ts";
import { PATHS } from "../state/paths.ts";
import type { Command, Result } from "./command.ts";
import type { Batches } from "./observe.ts";

/**
 * Its answer ends what was asked before it; the front asks it behind the first look too. (Not `link show`, which makes
 * `address show` print more from then on: ipaddress.c keeps what it was once asked.)
 */
export const LAST_LINE = "netconf show dev lo";
/** What `ip -j` prints of it, behind what a table that never had a route left of its line; no other line is like it. */
const END = /(?:^|\n)(\[*?)\[\{"family":"inet","interface":"lo",(?!.*"interface":"all").*\n$/;

/** The front tells the status of what let connections go by such a line, and that `ip` has ended by another. */
const STATUS = /^#(\d+)\n/m;
const ENDED = "#end\n";

/** Where the front put the other end of `ip`'s input, and where it listens itself. */
const TO_IP = 4;
const TO_FRONT = 7;
/** A pipe holds 64 KiB: more than that might wait for a reader that waits for us. */
const LONGEST = 48 * 1024;

const FROM_TOOLS = 0;
const BATCH = "-N -j -force -batch -";

/**
 * What the front understands: connections are going to be let go; now, or not after all; all is done, and nobody need wait
 * for this process.
 */
export type Word = "release" | "go" | "no" | "done";

/** What goes through the pipes, so that a test may bring its own. */
export interface Pipes {
  /** @returns "" at the end */
  read(): string;
  write(text: string): void;
  /** Nothing more will be written. */
  close(): void;
  /** Everything that `ip` has said on stderr so far. */
  complaints(): string;
  /** What another `ip` has said already, since it is too much for a pipe. */
  looked(): string;
  /** Says something to the front. @returns whether it listens */
  tell(word: Word): boolean;
  /** Leaves lines for `conntrack -R`, or what the front runs in its place; and what that said on stderr. */
  leaveForConntrack(lines: string): void;
  conntrackSaid(): string;
}

export class IpSession {
  readonly #pipes: Pipes;
  #rest = "";
  #lines = 0;
  #heard = 0;
  #open = true;
  #closed = false;
  /** The lines for `conntrack -R` that the front got ready for. */
  #due: string | null = null;
  /** The look that the front asked for; null: none. */
  readonly look: { readonly asked: Batches; readonly said: Batches } | null;

  /** What the front found of the packet filter (lib/kernel/canary.ts). */
  readonly sign: string;

  /** @param asked what the front was told to ask: `all` of this `ip`, the rest of others before it */
  constructor(pipes: Pipes, asked: Batches | null) {
    this.#pipes = pipes;
    this.look = null;
    this.sign = this.#part() ?? "";
    const ipv4 = this.#part();
    const ipv6 = this.#part();
    // Not empty: this `ip` was asked the last line alone, and another one all that is before it.
    const other = this.#part();
    if (asked === null) return;
    const said = other === null ? null : this.#answer();
    this.#count(`${other === "" ? asked.all : ""}${LAST_LINE}\n`);
    const all = other === "" || said === null ? said : other === "file\n" ? wholeOf(pipes.looked()) : null;
    if (ipv4 !== null && ipv6 !== null && all !== null && all !== "") {
      this.look = { asked, said: { all, ipv4, ipv6 } };
    }
    this.#heard = this.#pipes.complaints().length;
  }

  /**
   * Runs a command, if it is one for this `ip`, or lets connections go.
   * @returns null: it must be run another way
   */
  run(command: Command): Result | null {
    const input = command.input ?? "";
    if (isRelease(command)) return this.#release(input);
    if (!this.#open || command.file !== "ip" || command.args.join(" ") !== BATCH) return null;
    return input.length <= LONGEST ? this.#ask(input) : null;
  }

  #ask(input: string): Result | null {
    const before = this.#lines;
    try {
      this.#pipes.write(`${input}${LAST_LINE}\n`);
    } catch {
      // It ended (its time was over): a process of its own tells why, and does again what may be done already.
      this.#open = false;
      return null;
    }
    this.#count(`${input}${LAST_LINE}\n`);
    const stdout = this.#answer();
    if (stdout === null) {
      this.#open = false;
      return null;
    }
    const said = this.#pipes.complaints();
    const stderr = said.slice(this.#heard).replace(/^(Command failed -:)(\d+)/gm, (_, words, line) => {
      return `${words}${Number(line) - before}`;
    });
    this.#heard = said.length;
    return { exitCode: /^Command failed /m.test(stderr) ? 1 : 0, stdout, stderr };
  }

  /** This command will be run before long: the front may get ready for it. */
  expect(command: Command): void {
    if (!this.#closed && this.#due === null && isRelease(command)) this.#prepare(command.input ?? "");
  }

  /** There is nothing more to ask: the tools may end while their asker does other things. */
  end(): void {
    if (this.#closed) return;
    this.#open = false;
    this.#closed = true;
    this.#pipes.close();
    if (this.#due !== null) this.#pipes.tell("no");
    this.#due = null;
  }

  /** Everything is done and told; whoever called the hook may go on while this process ends. */
  sayDone(): void {
    this.end();
    this.#pipes.tell("done");
  }

  /** @returns whether the front will do it */
  #prepare(lines: string): boolean {
    try {
      this.#pipes.leaveForConntrack(lines);
    } catch {
      return false;
    }
    if (!this.#pipes.tell("release")) return false;
    this.#due = lines;
    return true;
  }

  #release(lines: string): Result | null {
    if (this.#closed || (this.#due !== lines && (this.#due !== null || !this.#prepare(lines)))) return null;
    this.#due = null;
    if (!this.#pipes.tell("go")) return null;
    // Were the front gone, the pipe would end with the last of its tools: `ip` must not be the one that waits for us.
    this.end();
    let said = this.#rest;
    let status = STATUS.exec(said)?.[1];
    while (status === undefined) {
      const more = this.#pipes.read();
      if (more === "") return null;
      said += more;
      status = STATUS.exec(said)?.[1];
    }
    return { exitCode: Number(status), stdout: "", stderr: this.#pipes.conntrackSaid() };
  }

  #count(text: string): void {
    this.#lines += text.split("\n").length - 1;
  }

  /** Up to a line `#`; null: it never came. */
  #part(): string | null {
    for (;;) {
      const end = /(?:^|\n)#\n/.exec(this.#rest);
      if (end !== null) {
        const from = end.index + end[0].length;
        const text = this.#rest.slice(0, from - 2);
        this.#rest = this.#rest.slice(from);
        return text;
      }
      const more = this.#pipes.read();
      if (more === "") return null;
      this.#rest += more;
    }
  }

  /** Up to the answer to the last line; null: it never came. */
  #answer(): string | null {
    // The last line may be in several pieces; what is before it is long, and comes in a hundred of them.
    const lines: string[] = [];
    let line = this.#rest;
    let piece = line;
    this.#rest = "";
    for (;;) {
      // Of the piece, since looking at the whole would copy it each time.
      if (piece.endsWith("\n")) {
        const last = line.lastIndexOf("\n", line.length - 2) + 1;
        if (line.endsWith(ENDED)) {
          // The pipes stay open behind it: whoever asked more would wait for ever.
          this.#open = false;
          return null;
        }
        const end = endOf(line.slice(last));
        lines.push(line.slice(0, last));
        if (end !== null) return `${lines.join("")}${end}`;
        line = line.slice(last);
      }
      piece = this.#pipes.read();
      if (piece === "") return null;
      line += piece;
    }
  }
}

/** What a last line has besides the end of an answer; null: it is none. */
function endOf(line: string): string | null {
  const end = END.exec(line);
  return end === null ? null : end[1] ? `${end[1]}\n` : "";
}

/** Without its end; null: the end is missing. */
function wholeOf(text: string): string | null {
  const last = text.lastIndexOf("\n", text.length - 2) + 1;
  const end = endOf(text.slice(last));
  return end === null ? null : `${text.slice(0, last)}${end}`;
}

function isRelease({ file, args }: Command): boolean {
  return file === "conntrack" && args.join(" ") === "-R -";
}

/** The session that the front prepared; null: there is none, and every command is a process of its own. */
export function openSession(): IpSession | null {
  try {
    if (!fstatSync(FROM_TOOLS).isFIFO() || !fstatSync(TO_IP).isFIFO()) return null;
  } catch {
    return null;
  }
  const asked = {
    all: readText(PATHS.look) ?? "",
    ipv4: readText(PATHS.look4) ?? "",
    ipv6: readText(PATHS.look6) ?? "",
  };
  return new IpSession(pipes(), asked.all === "" ? null : asked);
}

function pipes(): Pipes {
  const buffer = Buffer.alloc(64 * 1024);
  const decoder = new StringDecoder("utf8");
  const read = (): string => {
    const length = readSync(FROM_TOOLS, buffer);
    // A piece may end in the middle of a character; "" means the end.
    return length === 0 ? "" : decoder.write(buffer.subarray(0, length)) || read();
  };
  return {
    read,
    write: (text) => {
      writeSync(TO_IP, text);
    },
    close: () => closeSync(TO_IP),
    tell: (word) => {
      try {
        return writeSync(TO_FRONT, `${word}\n`) > 0;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "EPIPE") return false;
        throw error;
      }
    },
    looked: () => readLongText(PATHS.looked) ?? "",
    complaints: () => readText(PATHS.ipSaid) ?? "",
    leaveForConntrack: (lines) => writeFileSync(PATHS.release, lines, { mode: 0o600 }),
    conntrackSaid: () => readText(PATHS.conntrackSaid) ?? "",
  };
}
