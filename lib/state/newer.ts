/** Files that count only while they are newer than what they were made from: to the shell, that is all there is to see. */

import { statSync } from "node:fs";
import { readText, stampOf, writeWhole } from "./files.ts";
import { PATHS } from "./paths.ts";

/**
 * Stores a text, unless it is there already and counts.
 * @param sources what it must be newer than, beside the configuration
 * @throws what the file system says
 */
export function keepNewer(path: string, text: string, sources: readonly string[] = []): void {
  const all = [PATHS.config, PATHS.configDirectory, ...sources];
  if (readText(path) !== text || !isNewer(path, all)) writeWhole(path, text);
}

function isNewer(path: string, sources: readonly string[]): boolean {
  const made = statSync(path).mtimeMs;
  return sources.every((source) => stampOf(source) === "absent" || statSync(source).mtimeMs < made);
}
