/** What the client's connections are doing, kept up to date from what talk.pl prints. */

import type { Background } from "../../test/lab/harness/machine.ts";
import { LINES, type LineName, lineOf } from "./lines.ts";

export interface Connection {
  readonly id: number;
  readonly kind: "lasting" | "short";
  readonly line: LineName;
  /** When it was begun, in ms since 1970. */
  readonly begun: number;
}

/** A pause in a stream of datagrams, or its change to another line. */
export interface Move {
  /** New flows each, or the one flow of the call. */
  readonly stream: "new" | "call";
  readonly from: LineName;
  readonly to: LineName;
  /** Datagrams without an answer. */
  readonly lost: number;
  /** Between the last answered one sent by the old line and the first by the new. */
  readonly ms: number;
}

/** All that happened since `begin`. */
export interface Observed {
  /** Open at `begin`. */
  readonly before: ReadonlyMap<number, Connection>;
  readonly opened: Connection[];
  /** Those that ended though nobody had closed them. */
  readonly lost: Connection[];
  /** When attempts were begun that came to nothing. */
  readonly failed: number[];
  /** Longest wait for an answer, in ms, by connection. */
  readonly waits: Map<number, number>;
  readonly moves: Move[];
  /** New flows by line. */
  readonly flows: { [line in LineName]: number };
  /** Addresses that the server saw and no line has. */
  readonly strangers: Set<string>;
}

export class Traffic {
  readonly open = new Map<number, Connection>();
  /** When a line last carried an answer, in ms since 1970. */
  readonly alive: { [line in LineName]: number } = { adsl: 0, lte: 0, gsm: 0 };
  /** The line of the call. */
  call: LineName | undefined;
  readonly #program: Background;
  #read = 0;
  #observed: Observed = nothingYet(new Map());

  constructor(program: Background) {
    this.#program = program;
  }

  /** Takes in what was printed meanwhile. */
  update(): void {
    const { lines } = this.#program;
    for (; this.#read < lines.length; this.#read++) this.#take((lines[this.#read] ?? "").split(" "));
    // What was read is not needed again.
    lines.splice(0, this.#read);
    this.#read = 0;
  }

  /** Connections open by a line, the call among them. */
  count(line: LineName): number {
    const connections = [...this.open.values()].filter((connection) => connection.line === line).length;
    return connections + (this.call === line ? 1 : 0);
  }

  /** Probes once a millisecond instead of every 20. */
  look(closely: boolean): void {
    this.#program.say(closely ? "dense" : "sparse");
  }

  /** Forgets what was observed, and observes anew. */
  begin(): Observed {
    this.update();
    this.#observed = nothingYet(new Map(this.open));
    return this.#observed;
  }

  /** @throws when it ended by itself */
  check(): void {
    const errors = this.#program.errors();
    if (errors !== "") throw new Error(`the client's traffic stopped: ${errors.trim()}`);
  }

  #take([what, ...words]: readonly string[]): void {
    if (what === "open") this.#opened(words);
    else if (what === "beat") this.#beat(Number(words[0]), Number(words[1]));
    else if (what === "end") this.#ended(words);
    else if (what === "moved") this.#moved(words);
    else if (what === "rate") this.#rate(words);
  }

  #opened([id, kind, address = "", begun]: readonly string[]): void {
    const line = this.#line(address);
    if (line === undefined) return;
    const connection = {
      id: Number(id),
      kind: kind === "short" ? ("short" as const) : ("lasting" as const),
      line,
      begun: Number(begun),
    };
    this.open.set(connection.id, connection);
    this.#observed.opened.push(connection);
  }

  #beat(id: number, ms: number): void {
    const connection = this.open.get(id);
    if (!connection) return;
    this.alive[connection.line] = Date.now();
    this.#observed.waits.set(id, Math.max(ms, this.#observed.waits.get(id) ?? 0));
  }

  #ended([id, why, begun]: readonly string[]): void {
    const connection = this.open.get(Number(id));
    this.open.delete(Number(id));
    if (why === "done") return;
    if (connection) this.#observed.lost.push(connection);
    else this.#observed.failed.push(Number(begun));
  }

  #moved([stream, first = "", second = "", lost, ms]: readonly string[]): void {
    const [from, to] = [this.#line(first), this.#line(second)];
    if (from === undefined || to === undefined) return;
    const name = stream === "call" ? "call" : "new";
    this.#observed.moves.push({ stream: name, from, to, lost: Number(lost), ms: Number(ms) });
  }

  #rate([stream, address = "", count]: readonly string[]): void {
    const line = this.#line(address);
    if (line === undefined) return;
    this.alive[line] = Date.now();
    if (stream === "call") this.call = line;
    else this.#observed.flows[line] += Number(count);
  }

  #line(address: string): LineName | undefined {
    const line = lineOf(address);
    if (line === undefined) this.#observed.strangers.add(address);
    return line;
  }
}

function nothingYet(before: ReadonlyMap<number, Connection>): Observed {
  const flows = Object.fromEntries(LINES.map((line) => [line, 0])) as { [line in LineName]: number };
  return {
    before,
    opened: [],
    lost: [],
    failed: [],
    waits: new Map(),
    moves: [],
    flows,
    strangers: new Set(),
  };
}
