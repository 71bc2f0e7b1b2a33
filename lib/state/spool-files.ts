/** Events that hooks left in /run/waymark/events, one file each, named HOOK.PID. */

import { lstatSync, readdirSync } from "node:fs";
import { isAbsent } from "./files.ts";
import { PATHS } from "./paths.ts";

export interface SpoolFile {
  readonly path: string;
  /** The part of its name that says which hook left it. */
  readonly source: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly size: number;
}

/** The files that wait, oldest first. */
export function spoolFiles(): SpoolFile[] {
  let names: string[];
  try {
    names = readdirSync(PATHS.events);
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
  return names
    .flatMap((name): SpoolFile[] => {
      const path = `${PATHS.events}/${name}`;
      try {
        const found = lstatSync(path);
        const source = name.split(".")[0] ?? "";
        return found.isFile() ? [{ path, source, at: found.mtimeMs, size: found.size }] : [];
      } catch (error) {
        if (isAbsent(error)) return [];
        throw error;
      }
    })
    .sort((left, right) => left.at - right.at);
}
