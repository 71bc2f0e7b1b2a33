/** The command: finds the verb, and turns whatever happens into words and an exit status. */

import { lockTimeoutText } from "../lock.ts";
import { escapeLine } from "../log.ts";
import { messageOf } from "../state/files.ts";
import { UsageError } from "./options.ts";
import { NOT_YET, VERBS, type Verb } from "./verbs.ts";

/** Filled in by the build. */
declare const WAYMARK_VERSION: string;

/**
 * Runs the command.
 * @param words without interpreter and script
 * @returns 0 done, 1 failed, 2 wrong usage
 */
export async function main(words: readonly string[]): Promise<number> {
  // `waymark plan | head` reads no further: no error of ours.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    process.stderr.write(`waymark: cannot write: ${error.message}\n`);
    process.exit(1);
  });
  const [first, ...rest] = words;
  if (first === undefined) {
    process.stderr.write(overview());
    return 2;
  }
  if (first === "--help" || first === "-h" || first === "help") {
    process.stdout.write(
      rest[0] !== undefined && VERBS[rest[0]] !== undefined ? help(VERBS[rest[0]] as Verb) : overview(),
    );
    return 0;
  }
  if (first === "--version") {
    process.stdout.write(`waymark ${WAYMARK_VERSION}\n`);
    return 0;
  }
  if (first === "--lock-timeout") {
    process.stderr.write(`waymark: ${lockTimeoutText(rest[0] ?? "")}\n`);
    return 1;
  }
  const verb = Object.hasOwn(VERBS, first) ? VERBS[first] : undefined;
  if (verb === undefined) return complain(unknownVerb(first));
  const own = verb.runsAnother === true ? rest.slice(0, 1) : rest;
  if (own.includes("--help") || own.includes("-h")) {
    process.stdout.write(help(verb));
    return 0;
  }
  try {
    return await verb.run(rest);
  } catch (error) {
    if (error instanceof UsageError) return complain(`${error.message}\nusage: waymark ${verb.usage}`);
    process.stderr.write(`waymark ${first}: ${escapeLine(messageOf(error))}\n`);
    return 1;
  }
}

function complain(message: string): number {
  process.stderr.write(`waymark: ${message}\n`);
  return 2;
}

function unknownVerb(word: string): string {
  const shown = escapeLine(word);
  if (NOT_YET.includes(word)) return `"${shown}" is not available in this version of Waymark`;
  const near = Object.keys(VERBS).find((name) => name.startsWith(word.slice(0, 3)));
  return `there is no verb "${shown}"${near === undefined ? "" : `; did you mean "${near}"?`} (waymark --help lists them)`;
}

function overview(): string {
  const lines = Object.values(VERBS).map(
    ({ usage, summary }) => `  ${usage.split(" ")[0]?.padEnd(9)}${summary}`,
  );
  return `usage: waymark VERB …\n\n${lines.join("\n")}\n\nwaymark VERB --help tells more; waymark(8) and waymark.toml(5) tell all.\n`;
}

function help(verb: Verb): string {
  return `usage: waymark ${verb.usage}\n\n${verb.summary[0]?.toUpperCase()}${verb.summary.slice(1)}.\n${verb.details}\n`;
}
