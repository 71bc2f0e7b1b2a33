/**
 * The `ip -batch` that the hook's front started while Node did: it has looked at the kernel by now, and waits for lines.
 * Asking it costs a hook a fifth of a millisecond; a process of its own costs it five.
 */

import { closeSync, fstatSync, readSync, writeFileSync, writeSync } from "node:fs";
import { StringDecoder } from "node:string_decoder";
import { readText } from "../state/files.ts";
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

/** The front tells the status of conntrack by such a line. */
const STATUS = /^#(\d+)\n/m;

/** Where the front put the other end of `ip`'s input. */
const TO_IP = 4;
/** A pipe holds 64 KiB: more than that might wait for a reader that waits for us. */
const LONGEST = 48 * 1024;

const FROM_TOOLS = 0;
const BATCH = "-N -j -force -batch -";

/** What goes through the pipes, so that a test may bring its own. */
export interface Pipes {
  /** @returns "" at the end */
  read(): string;
  write(text: string): void;
  /** Nothing more will be written. */
  close(): void;
  /** Everything that `ip` has said on stderr so far. */
  complaints(): string;
  /** Leaves lines for `conntrack -R`, which the front runs behind `ip`; and what it said on stderr. */
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
    if (asked === null) return;
    const all = ipv6 === null ? null : this.#answer();
    this.#count(`${asked.all}${LAST_LINE}\n`);
    if (ipv4 !== null && ipv6 !== null && all !== null && all !== "") {
      this.look = { asked, said: { all, ipv4, ipv6 } };
    }
    this.#heard = this.#pipes.complaints().length;
  }

  /**
   * Runs a command, if it is one for this `ip` or for the `conntrack` behind it.
   * @returns null: it must be run another way
   */
  run(command: Command): Result | null {
    if (!this.#open) return null;
    const input = command.input ?? "";
    const words = command.args.join(" ");
    if (command.file === "ip" && words === BATCH && input.length <= LONGEST) return this.#ask(input);
    if (command.file === "conntrack" && words === "-R -") return this.#release(input);
    return null;
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

  /** There is nothing more to ask: `ip` may end while its asker does other things. */
  end(): void {
    if (this.#closed) return;
    this.#open = false;
    this.#closed = true;
    this.#pipes.close();
  }

  /** The front lets connections go when `ip` has ended. */
  #release(lines: string): Result | null {
    this.#open = false;
    try {
      this.#pipes.leaveForConntrack(lines);
    } catch {
      return null;
    }
    this.end();
    let said = this.#rest;
    let status = STATUS.exec(said)?.[1];
    while (status === undefined) {
      const more = this.#pipes.read();
      if (more === "") break;
      said += more;
      status = STATUS.exec(said)?.[1];
    }
    return status === undefined
      ? null
      : { exitCode: Number(status), stdout: "", stderr: this.#pipes.conntrackSaid() };
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
        const end = END.exec(line.slice(last));
        lines.push(line.slice(0, last));
        if (end !== null) return `${lines.join("")}${end[1] ? `${end[1]}\n` : ""}`;
        line = line.slice(last);
      }
      piece = this.#pipes.read();
      if (piece === "") return null;
      line += piece;
    }
  }
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
    complaints: () => readText(PATHS.ipSaid) ?? "",
    leaveForConntrack: (lines) => writeFileSync(PATHS.release, lines, { mode: 0o600 }),
    conntrackSaid: () => readText(PATHS.conntrackSaid) ?? "",
  };
}
