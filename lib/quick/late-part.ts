/** Takes a part of the program out of the installed file, whose path the shell front hands on as the script's. */

import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { Script } from "node:vm";
import { readText } from "../state/files.ts";
import { PATHS } from "../state/paths.ts";
import { partOf } from "./parts-text.ts";

type Run = (module: { exports: unknown }, exports: unknown, require: NodeJS.Require) => void;

/** Scripts that V8 had to compile in this run. */
const compiled: { readonly name: string; readonly script: Script }[] = [];

/**
 * Loads a part by its name, from V8's code cache where the same file left one: compiling is half of what a change costs
 * a hook.
 * @throws Error when the file has been cut off
 */
export function loadPart<T>(name: string): T {
  const file = process.argv[1] ?? "";
  const code = partOf(name, readFileSync(file, "latin1"));
  if (code === null) throw new Error(`${file} is damaged: its part "${name}" is missing; install it anew`);
  const cachedData = readCode(name);
  const script = new Script(`(function (module, exports, require) {${code}\n})`, {
    filename: `${file}#${name}`,
    ...(cachedData === null ? {} : { cachedData }),
  });
  if (cachedData === null || script.cachedDataRejected === true) compiled.push({ name, script });
  const module: { exports: unknown } = { exports: {} };
  (script.runInThisContext() as Run)(module, module.exports, require);
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
