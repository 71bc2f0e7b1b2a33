/** Where the keys and values of a TOML text stand. The TOML parser tells only where a syntax error is. */

import { parse } from "smol-toml";

/** Keys and list indexes from the top of the document. */
export type Path = readonly (string | number)[];

/** Line and column, both from 1; columns count characters (code points). */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface Positions {
  /** Where the key of this path is first written; of an absent one, where its table or list is. */
  key(path: Path): Position;
  /** Where its value begins; of an absent one, where its table or list is. */
  value(path: Path): Position;
}

/** Finds every key and value of a text that is valid TOML; for any other text it ends too, with fewer places. */
export function findPositions(text: string): Positions {
  const scan = new Scan(text);
  scan.document();
  const at = (offset: number) => positionAt(text, offset);
  const find = (path: Path, maps: readonly ReadonlyMap<string, number>[]): Position => {
    for (let length = path.length; length > 0; length--) {
      const id = idOf(path.slice(0, length));
      const offset = maps.map((map) => map.get(id)).find((found) => found !== undefined);
      if (offset !== undefined) return at(offset);
    }
    return { line: 1, column: 1 };
  };
  return {
    key: (path) => find(path, [scan.keys, scan.values]),
    value: (path) => find(path, [scan.values, scan.keys]),
  };
}

/** The place of an offset in UTF-16 units, as string indexes are. */
export function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, offset);
  const start = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length, column: [...before.slice(start)].length + 1 };
}

const idOf = (path: Path): string => JSON.stringify(path);

interface Segment {
  readonly name: string;
  readonly offset: number;
}

class Scan {
  readonly keys = new Map<string, number>();
  readonly values = new Map<string, number>();
  /** How many tables each array of tables has so far. */
  readonly #tables = new Map<string, number>();
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): void {
    let table: Path = [];
    for (;;) {
      this.#skip(/[\s\uFEFF]+|#[^\n]*/y);
      if (this.#at >= this.#text.length) return;
      if (this.#take("[[")) table = this.#header(true);
      else if (this.#take("[")) table = this.#header(false);
      else this.#pair(table, /[^\n#]*/y);
    }
  }

  #header(list: boolean): Path {
    let path: Path = [];
    const segments = this.#segments();
    segments.forEach(({ name, offset }, index) => {
      path = [...path, name];
      note(this.keys, path, offset);
      const id = idOf(path);
      const last = index === segments.length - 1;
      if (last && list) this.#tables.set(id, (this.#tables.get(id) ?? 0) + 1);
      const count = this.#tables.get(id);
      if (count !== undefined) path = [...path, count - 1];
      note(this.keys, path, offset);
    });
    this.#skip(/[^\n#]*/y);
    return path;
  }

  /** `key = value`; `bare` is what an unquoted value may consist of here. */
  #pair(table: Path, bare: RegExp): void {
    let path = table;
    for (const { name, offset } of this.#segments()) {
      path = [...path, name];
      note(this.keys, path, offset);
    }
    this.#skip(/[ \t]+/y);
    if (this.#take("=")) this.#value(path, bare);
    else this.#skip(/[^\n]*/y);
  }

  #value(path: Path, bare: RegExp): void {
    this.#skip(/[ \t]+/y);
    note(this.values, path, this.#at);
    if (this.#take("[")) this.#list(path);
    else if (this.#take("{")) this.#inlineTable(path);
    else if (!this.#string()) this.#skip(bare);
  }

  #list(path: Path): void {
    for (let index = 0; ; index++) {
      this.#skip(/[\s,]+|#[^\n]*/y);
      if (this.#at >= this.#text.length || this.#take("]")) return;
      const before = this.#at;
      this.#value([...path, index], /[^\s,\]#}]+(?: [^\s,\]#}]+)*/y);
      if (this.#at === before) this.#at++;
    }
  }

  #inlineTable(path: Path): void {
    for (;;) {
      this.#skip(/[\s,]+|#[^\n]*/y);
      if (this.#at >= this.#text.length || this.#take("}")) return;
      const before = this.#at;
      this.#pair(path, /[^\s,\]#}]+(?: [^\s,\]#}]+)*/y);
      if (this.#at === before) this.#at++;
    }
  }

  /** The parts of a dotted key. */
  #segments(): Segment[] {
    const found: Segment[] = [];
    do {
      this.#skip(/[ \t]+/y);
      const offset = this.#at;
      if (this.#string()) {
        found.push({ name: unquoted(this.#text.slice(offset, this.#at)), offset });
      } else {
        this.#skip(/[A-Za-z0-9_-]+/y);
        if (this.#at > offset) found.push({ name: this.#text.slice(offset, this.#at), offset });
      }
      this.#skip(/[ \t]+/y);
    } while (this.#take("."));
    return found;
  }

  /** Steps over a string of any of the four kinds, if one begins here. */
  #string(): boolean {
    const quote = this.#text[this.#at];
    if (quote !== '"' && quote !== "'") return false;
    const long = this.#text.startsWith(quote.repeat(3), this.#at);
    const end = long ? quote.repeat(3) : quote;
    let at = this.#at + end.length;
    while (at < this.#text.length && !this.#text.startsWith(end, at)) {
      at += quote === '"' && this.#text[at] === "\\" ? 2 : 1;
    }
    at += end.length;
    // Up to two quotes may stand just before the three that end a long string.
    for (let extra = 0; long && extra < 2 && this.#text[at] === quote; extra++) at++;
    this.#at = Math.min(at, this.#text.length);
    return true;
  }

  #take(token: string): boolean {
    if (!this.#text.startsWith(token, this.#at)) return false;
    this.#at += token.length;
    return true;
  }

  /** Steps over all that matches, again and again. */
  #skip(sticky: RegExp): void {
    for (;;) {
      sticky.lastIndex = this.#at;
      const match = sticky.exec(this.#text);
      if (match === null || match[0] === "") return;
      this.#at += match[0].length;
    }
  }
}

function note(map: Map<string, number>, path: Path, offset: number): void {
  const id = idOf(path);
  if (!map.has(id)) map.set(id, offset);
}

function unquoted(literal: string): string {
  try {
    return String(parse(`key = ${literal}`).key);
  } catch {
    return literal;
  }
}
