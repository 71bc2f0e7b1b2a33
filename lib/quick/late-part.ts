/** Takes a part of the program out of a comment of the running file. */

import { readFileSync } from "node:fs";
import { uncommented } from "./late-comment.ts";

/**
 * Loads a part by its name.
 * @throws Error when the file has been cut off
 */
export function loadPart<T>(name: string): T {
  const code = uncommented(name, readFileSync(__filename, "utf8"));
  if (code === null)
    throw new Error(`${__filename} is damaged: its part "${name}" is missing; install it anew`);
  const module: { exports: unknown } = { exports: {} };
  new Function("module", "exports", "require", "__filename", code)(
    module,
    module.exports,
    require,
    __filename,
  );
  return module.exports as T;
}
