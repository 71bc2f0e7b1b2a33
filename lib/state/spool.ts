/** Events that hooks left in /run/waymark/events; one file each, removed when it is dealt with. */

import { lstatSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { decodeEntries, decodeSpoolFile } from "../event/encode.ts";
import type { EventSource, Ignored, LinkEvent } from "../event/event.ts";
import { parseEvent } from "../event/parse.ts";
import { isAbsent } from "./files.ts";
import { PATHS } from "./paths.ts";

export interface SpooledEvent {
  /** Of the file; null: handed over as arguments. */
  readonly path: string | null;
  readonly event: LinkEvent | Ignored;
}

const SOURCES: readonly string[] = ["ppp-ip-up", "ppp-ip-down", "ifplugd", "ifupdown", "nm-dispatcher"];
/** A hook writes less than this; anything larger is none of ours. */
const LARGEST = 256 * 1024;
/** A half-written file of a hook that was killed. */
const STALE_MS = 60_000;

/** Reads every event that waits, oldest first; files that are none are removed. @param now milliseconds since 1970 */
export function readSpool(now: number): SpooledEvent[] {
  return spoolFiles().flatMap(({ path, source, at, size }) => {
    const entries = size <= LARGEST ? decodeSpoolFile(readFileSync(path, "utf8")) : null;
    if (entries !== null) return [{ path, event: decodeEvent(source, entries) }];
    if (now - at > STALE_MS || size > LARGEST) rmSync(path, { force: true });
    return [];
  });
}

/** One event from the list of entries that the hook's shell front makes. */
export function decodeEvent(source: string, entries: readonly string[]): LinkEvent | Ignored {
  if (!SOURCES.includes(source)) return { ignore: `"${source}" is no hook` };
  const { argv, env } = decodeEntries(entries);
  return parseEvent(source as EventSource, argv, env);
}

interface SpoolFile {
  readonly path: string;
  readonly source: string;
  readonly at: number;
  readonly size: number;
}

function spoolFiles(): SpoolFile[] {
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
        // The front names it HOOK.PID.
        return found.isFile()
          ? [{ path, source: name.split(".")[0] ?? "", at: found.mtimeMs, size: found.size }]
          : [];
      } catch (error) {
        if (isAbsent(error)) return [];
        throw error;
      }
    })
    .sort((left, right) => left.at - right.at);
}

/** Removes the files of events that are dealt with: the hooks that wait for the lock then end without Node. */
export function clearSpool(events: readonly SpooledEvent[]): void {
  for (const { path } of events) if (path !== null) rmSync(path, { force: true });
}
