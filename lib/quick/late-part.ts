/** Takes a part of the program out of the installed file, whose path the shell front hands on as the script's. */

import { closeSync, openSync, readFileSync, readSync, renameSync, writeFileSync } from "node:fs";
import { Script } from "node:vm";
import { readText } from "../state/files.ts";
import { PATHS } from "../state/paths.ts";
import { type Place, partIn, partOf } from "./parts-text.ts";

/** More kinds than there are; a bound for a file that is read at every event. */
const MOST_KINDS = 16;

type Run = (module: { exports: unknown }, exports: unknown, require: NodeJS.Require) => void;

/** The parts that this run loaded. */
const loaded: { readonly name: string; readonly script: Script; readonly cached: boolean }[] = [];

/**
 * Loads a part by its name, from V8's code cache where the same file left one: compiling is half of what a change costs
 * a hook.
 * @throws Error when the file has been cut off
 */
export function loadPart<T>(name: string): T {
  const file = process.argv[1] ?? "";
  const code = partText(name);
  const cachedData = readCode(name);
  const script = new Script(`(function (module, exports, require) {${code}\n})`, {
    filename: `${file}#${name}`,
    ...(cachedData === null ? {} : { cachedData }),
  });
  loaded.push({ name, script, cached: cachedData !== null && script.cachedDataRejected !== true });
  const module: { exports: unknown } = { exports: {} };
  (script.runInThisContext() as Run)(module, module.exports, require);
  return module.exports as T;
}

/**
 * The text of a part, by its name.
 * @throws Error when the file has been cut off
 */
export function partText(name: string): string {
  const file = process.argv[1] ?? "";
  const code = partIn(name, readPlace(file, name)) ?? partOf(name, readFileSync(file, "latin1"));
  if (code === null) throw new Error(`${file} is damaged: its part "${name}" is missing; install it anew`);
  return code;
}

/** Filled in by the build when all else is in its place: JSON with blanks behind it. The file is three times as long as a part. */
declare const WAYMARK_PLACES: string;

function readPlace(file: string, name: string): string {
  let place: Place | undefined;
  try {
    place = JSON.parse(WAYMARK_PLACES)[name];
  } catch {
    // Nobody filled them in: the whole file is looked through.
  }
  if (place === undefined) return "";
  const handle = openSync(file, "r");
  try {
    const bytes = Buffer.allocUnsafe(place.length);
    return bytes.toString("latin1", 0, readSync(handle, bytes, 0, place.length, place.from));
  } finally {
    closeSync(handle);
  }
}

/** Whether any part that was loaded came from the code cache. */
export function isFromCache(): boolean {
  return loaded.some(({ cached }) => cached);
}

/** Filled in by the build: a fingerprint of the whole program. V8 itself compares no more than the text's length. */
declare const WAYMARK_BUILD: string;

const buildKey = () => `${process.version} ${process.arch} ${WAYMARK_BUILD}`;

const pathOf = (name: string, kind: "key" | "code") => `${PATHS.code}.${name}.${kind}`;

/** What the cache of a part holds: the build it was made of, and the kinds of runs whose functions are in it. */
function readKey(name: string): { readonly build: string; readonly kinds: readonly string[] } {
  const [build = "", ...kinds] = (readText(pathOf(name, "key")) ?? "").split("\n");
  return { build, kinds };
}

function readCode(name: string): Buffer | null {
  try {
    return readKey(name).build === buildKey() ? readFileSync(pathOf(name, "code")) : null;
  } catch {
    return null;
  }
}

/**
 * Stores what was compiled, with the functions that runs of this kind come to use: V8 compiles a function when it is
 * first called, and what the cache does not hold is compiled anew in every run.
 */
export function keepCode(kind: string): void {
  for (const { name, script, cached } of loaded) {
    try {
      const kinds = cached ? readKey(name).kinds : [];
      if (kinds.includes(kind) || kinds.length >= MOST_KINDS) continue;
      const draft = `${pathOf(name, "code")}.${process.pid}`;
      writeFileSync(pathOf(name, "key"), "");
      writeFileSync(draft, script.createCachedData(), { mode: 0o600 });
      renameSync(draft, pathOf(name, "code"));
      writeFileSync(pathOf(name, "key"), [buildKey(), ...kinds, kind].join("\n"));
    } catch {
      // A cache that cannot be written costs time and nothing else; what else cannot be written is reported by others.
    }
  }
}
