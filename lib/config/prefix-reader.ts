/** Prefix files as they are on disk. */

import type { Prefix } from "../net/prefix.ts";
import { readText } from "../state/files.ts";
import { parsePrefixFile } from "./prefix-file.ts";

/** The prefixes of a file; lines that are none were reported when the configuration was read. */
export function readPrefixFile(path: string): readonly Prefix[] {
  return parsePrefixFile(readText(path) ?? "", path).prefixes;
}
