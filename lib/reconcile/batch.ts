/** Runs many `ip` lines in one process and tells which of them failed. */

import { type Command, formatCommand, type Result, type Run } from "../kernel/command.ts";

export interface BatchResult {
  /** One message per line that failed for a reason that matters. */
  readonly errors: readonly string[];
  readonly stdout: string;
}

/** Words of ip-route(8) and ip-rule(8) for what is already as it should be. */
const HARMLESS: readonly (readonly [RegExp, RegExp])[] = [
  [/^rule add /, /File exists/],
  [/^(rule|route) del /, /No such process|No such file or directory|Cannot find device/],
  [/^neighbour /, /./],
];

/**
 * Gives the lines to `ip -batch`, which goes on behind a line that fails (-force).
 * @param options further options of ip, such as `-6`
 */
export async function runBatch(
  run: Run,
  lines: readonly string[],
  options: readonly string[] = [],
): Promise<BatchResult> {
  if (lines.length === 0) return { errors: [], stdout: "" };
  const command: Command = {
    file: "ip",
    args: [...options, "-N", "-j", "-force", "-batch", "-"],
    input: `${lines.join("\n")}\n`,
  };
  const result = await run(command);
  return { errors: batchErrors(command, lines, options, result), stdout: result.stdout };
}

function batchErrors(
  command: Command,
  lines: readonly string[],
  options: readonly string[],
  result: Result,
): string[] {
  if (result.exitCode === 0) return [];
  const errors: string[] = [];
  let words: string[] = [];
  let attributed = false;
  for (const text of result.stderr.split("\n")) {
    const failed = /^Command failed -:(\d+)/.exec(text);
    if (failed === null) {
      if (text.trim() !== "") words.push(text.trim());
      continue;
    }
    attributed = true;
    const line = lines[Number(failed[1]) - 1] ?? "";
    const reason = words.join("; ");
    words = [];
    if (HARMLESS.some(([what, why]) => what.test(line) && why.test(reason))) continue;
    errors.push(`${["ip", ...options, line].join(" ")}: ${reason}`);
  }
  // It did not run at all, or was ended half-way.
  if (!attributed || result.exitCode === null)
    errors.push(`${formatCommand(command)}: ${words.join("; ") || "failed"}`);
  return errors;
}
