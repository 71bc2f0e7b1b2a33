/** `waymark check` */

import { loadReader } from "../config/late.ts";
import { PATHS } from "../state/paths.ts";
import { parseOptions } from "./options.ts";

/** Validates a file and says everything that is wrong with it. */
export async function checkVerb(words: readonly string[]): Promise<number> {
  const { positionals } = parseOptions(words, { strings: [], booleans: [], positionals: [0, 1] });
  const path = positionals[0] ?? PATHS.config;
  const { readConfig } = await loadReader();
  const read = readConfig(path);
  if ("error" in read) {
    process.stderr.write(`${read.error}\n`);
    return 1;
  }
  const { uplinks, rules } = read.config;
  const count = (number: number, word: string) => `${number} ${word}${number === 1 ? "" : "s"}`;
  process.stdout.write(`${path}: good: ${count(uplinks.length, "uplink")}, ${count(rules.length, "rule")}\n`);
  return 0;
}
