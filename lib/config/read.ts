/** From the text of a configuration file to the configuration, or to what is wrong with it. */

import { messageOf, readRegular } from "../state/files.ts";
import { systemAccounts } from "./accounts.ts";
import { parseConfig } from "./parse.ts";
import { parsePrefixFile } from "./prefix-file.ts";
import { formatProblem, type Problem } from "./problem.ts";
import type { Config } from "./types.ts";

/** Reads a file and checks it. @returns the configuration, or every problem with its place, one a line */
export function readConfig(path: string): { config: Config } | { error: string } {
  try {
    return readConfigFile(path, readRegular(path));
  } catch (error) {
    return { error: `${path}: ${messageOf(error)}` };
  }
}

/**
 * Checks a file's text, and the prefix files that it names.
 * @param text null: there is no such file
 * @returns the configuration, or every problem with its place, one a line
 */
function readConfigFile(path: string, text: string | null): { config: Config } | { error: string } {
  if (text === null) {
    return { error: `${path}: there is no such file; "waymark init" writes a starting configuration` };
  }
  const parsed = parseConfig(text, path, systemAccounts());
  if ("problems" in parsed) return { error: parsed.problems.map(formatProblem).join("\n") };
  const problems = parsed.config.rules.flatMap((rule) => prefixFileProblems(rule.destinationFile));
  return problems.length > 0 ? { error: problems.map(formatProblem).join("\n") } : parsed;
}

function prefixFileProblems(path: string | null): readonly Problem[] {
  if (path === null) return [];
  const problem = (message: string) => [{ path, line: 1, column: 1, message }];
  try {
    const text = readRegular(path);
    if (text !== null) return parsePrefixFile(text, path).problems;
    return problem("there is no such file, though destination_file names it");
  } catch (error) {
    return problem(messageOf(error));
  }
}
