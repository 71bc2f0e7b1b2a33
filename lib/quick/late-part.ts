/** Takes a part of the program out of a comment of the running file. */

import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { Script } from "node:vm";
import { readText } from "../state/files.ts";
import { PATHS } from "../state/paths.ts";
import { uncommented } from "./late-comment.ts";

type Run = (module: { exports: unknown }, exports: unknown, require: NodeJS.Require, file: string) => void;

/** Scripts that V8 had to compile in this run. */
const compiled: { readonly name: string; readonly script: Script }[] = [];

/**
 * Loads a part by its name, from V8's code cache where the same file left one: compiling is half of what a change costs
 * a hook.
 * @throws Error when the file has been cut off
 */
export function loadPart<T>(name: string): T {
  const code = uncommented(name, readFileSync(__filename, "latin1"));
  if (code === null)
    throw new Error(`${__filename} is damaged: its part "${name}" is missing; install it anew`);
  const cachedData = readCode(name);
  const script = new Script(`(function (module, exports, require, __filename) {${code}\n})`, {
    filename: `${__filename}#${name}`,
    ...(cachedData === null ? {} : { cachedData }),
  });
  if (cachedData === null || script.cachedDataRejected === true) compiled.push({ name, script });
  const module: { exports: unknown } = { exports: {} };
  (script.runInThisContext() as Run)(module, module.exports, require, __filename);
  return module.exports as T;
}

/** Filled in by the build: a fingerprint of the whole program. V8 itself compares no more than the text's length. */
declare const WAYMARK_BUILD: string;

const buildKey = () => `${process.version} ${process.arch} ${WAYMARK_BUILD}`;

const pathOf = (name: string, kind: "key" | "code") => `${PATHS.code}.${name}.${kind}`;

function readCode(name: string): Buffer | null {
  try {
    return readText(pathOf(name, "key")) === buildKey() ? readFileSync(pathOf(name, "code")) : null;
  } catch {
    return null;
  }
}

/** Stores what was compiled in this run, with the functions it came to use. */
export function keepCode(): void {
  for (const { name, script } of compiled) {
    try {
      const draft = `${pathOf(name, "code")}.${process.pid}`;
      writeFileSync(pathOf(name, "key"), "");
      writeFileSync(draft, script.createCachedData(), { mode: 0o600 });
      renameSync(draft, pathOf(name, "code"));
      writeFileSync(pathOf(name, "key"), buildKey());
    } catch {
      // A cache that cannot be written costs time and nothing else; what else cannot be written is reported by others.
    }
  }
}
