/** Files of prefixes, `destination_file`: one a line, `#` comments, blank lines. */

import type { Prefix } from "../net/prefix.ts";
import type { Problem } from "./problem.ts";
import { readPrefix } from "./selectors.ts";

const MOST_PROBLEMS = 20;

/**
 * Reads the text of a file of prefixes; `path` is what problems name.
 * @returns the prefixes of all good lines in the order of the file, each once, and the first bad lines.
 */
export function parsePrefixFile(
  text: string,
  path: string,
): { prefixes: readonly Prefix[]; problems: readonly Problem[] } {
  const prefixes = new Map<string, Prefix>();
  const problems: Problem[] = [];
  let bad = 0;
  text.split("\n").forEach((whole, index) => {
    const content = withoutComment(whole);
    if (content === "") return;
    const reading = readPrefix(content);
    if ("value" in reading) {
      const { address, length } = reading.value;
      prefixes.set(`${address}/${length}`, reading.value);
      return;
    }
    bad++;
    if (bad > MOST_PROBLEMS + 1) return;
    problems.push({ path, line: index + 1, column: columnOf(whole, content), message: reading.wrong });
  });
  const last = problems[MOST_PROBLEMS];
  if (last !== undefined) {
    const rest = bad - MOST_PROBLEMS;
    problems[MOST_PROBLEMS] = { ...last, message: `${rest} more wrong from this line on` };
  }
  return { prefixes: [...prefixes.values()], problems };
}

function withoutComment(line: string): string {
  const hash = line.indexOf("#");
  return (hash < 0 ? line : line.slice(0, hash)).trim();
}

function columnOf(line: string, content: string): number {
  return [...line.slice(0, line.indexOf(content))].length + 1;
}
