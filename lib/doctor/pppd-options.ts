/** Options of a pppd session, from the files that make it: pppd(8), "OPTIONS FILES". */

import type { Facts } from "./facts.ts";
import type { Line } from "./lines.ts";

/** An option, and the words up to the next line. */
export interface PppdOption extends Line {
  readonly name: string;
  /** The words behind it, of its line. */
  readonly values: readonly string[];
}

const OPTIONS = "/etc/ppp/options";
/** A file may call another one. */
const DEEPEST = 8;

/** Options of a session in the order in which they are read; the last of a kind counts. */
export function sessionOptions(facts: Facts, peer: string): PppdOption[] {
  return [...fileOptions(facts, OPTIONS, 0), ...fileOptions(facts, `/etc/ppp/peers/${peer}`, 0)];
}

function fileOptions(facts: Facts, path: string, depth: number): PppdOption[] {
  const text = facts.files[path];
  if (text === undefined || depth > DEEPEST) return [];
  return text.split("\n").flatMap((raw, place) => {
    const words = splitOptions(raw);
    const line: Line = { path, number: place + 1, text: raw.trim() };
    return words.flatMap((name, at) => {
      const values = words.slice(at + 1);
      const next = values[0] ?? "";
      if (name === "call") return fileOptions(facts, `/etc/ppp/peers/${next}`, depth + 1);
      if (name === "file" && next.startsWith("/")) return fileOptions(facts, next, depth + 1);
      return [{ ...line, name, values }];
    });
  });
}

/** Words of a line; `#` begins a comment, quotes hold blanks together. */
function splitOptions(line: string): string[] {
  const words = line.match(/"[^"]*"|'[^']*'|#.*$|\S+/g) ?? [];
  const comment = words.findIndex((word) => word.startsWith("#"));
  return (comment < 0 ? words : words.slice(0, comment)).map((word) => word.replace(/^["']|["']$/g, ""));
}

/** The option that counts, of all by these names. */
export function lastOf(options: readonly PppdOption[], ...names: readonly string[]): PppdOption | undefined {
  return [...options].reverse().find(({ name }) => names.includes(name));
}
