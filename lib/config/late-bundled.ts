/** Stands in for late.ts in the built files: takes the reader out of the comment at the end of the running file. */

import { readFileSync } from "node:fs";
import type { Reader } from "./late.ts";
import { uncommented } from "./late-comment.ts";

export async function loadReader(): Promise<Reader> {
  const code = uncommented(readFileSync(__filename, "utf8"));
  if (code === null)
    throw new Error(`${__filename} is damaged: the part that reads the configuration is missing`);
  const module: { exports: Partial<Reader> } = { exports: {} };
  new Function("module", "exports", "require", code)(module, module.exports, require);
  return module.exports as Reader;
}
