/** The problems of one configuration as they are found, each with its place in the text. */

import { findPositions, type Path } from "./positions.ts";
import type { Problem } from "./problem.ts";
import { escaped } from "./show.ts";

export interface Findings {
  readonly problems: readonly Problem[];
  /** Adds a problem that the key at this path has; the message is the whole line. */
  key(path: Path, message: string): void;
  /** Adds a problem of the value at this path; the message is preceded by the key's name. */
  value(path: Path, message: string): void;
  /** The line on which the key or value stands, to point to from another place. */
  line(path: Path): number;
}

/** An empty list of findings in a text that is valid TOML; `file` is the path that problems name. */
export function findingsIn(text: string, file: string): Findings {
  const problems: Problem[] = [];
  let cache: ReturnType<typeof findPositions> | undefined;
  // Most configurations are right, and then nobody asks for a position.
  const positions = () => {
    cache ??= findPositions(text);
    return cache;
  };
  return {
    problems,
    key: (path, message) => problems.push({ path: file, ...positions().key(path), message }),
    value: (path, message) =>
      problems.push({ path: file, ...positions().value(path), message: `${placeOf(path)}: ${message}` }),
    line: (path) => positions().value(path).line,
  };
}

/** `[uplink.adsl] tier`, `[uplink.adsl.check] targets`, `[[rule]] 2 via`, `[marks]`: a path as it is written in the file, elements of lists left out. */
export function placeOf(path: Path): string {
  const [top = "", second, ...rest] = path;
  const keys = rest.filter((part) => typeof part === "string").map((key) => ` ${word(key)}`);
  if (second === undefined) return `[${word(top)}]`;
  if (top === "rule")
    return `[[rule]] ${typeof second === "number" ? second + 1 : word(second)}${keys.join("")}`;
  if (top !== "uplink") return `[${word(top)}] ${word(second)}`;
  return rest[0] === "check"
    ? `[uplink.${word(second)}.check]${keys.slice(1).join("")}`
    : `[uplink.${word(second)}]${keys.join("")}`;
}

/** A key as TOML writes it: bare if it can be. */
function word(key: string | number): string {
  const text = String(key);
  return /^[A-Za-z0-9_-]+$/.test(text) ? text : escaped(JSON.stringify(text));
}
