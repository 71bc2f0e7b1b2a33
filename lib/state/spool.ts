/** Events that hooks left in /run/waymark/events; one file each, removed when it is dealt with. */

import { readFileSync } from "node:fs";
import { decodeEntries, decodeSpoolFile } from "../event/encode.ts";
import type { EventSource, Ignored, LinkEvent } from "../event/event.ts";
import { parseEvent } from "../event/parse.ts";
import { removeFile } from "./files.ts";
import { spoolFiles } from "./spool-files.ts";

export interface SpooledEvent {
  /** Of the file; null: handed over as arguments. */
  readonly path: string | null;
  /** What was handed over, word for word, behind the hook's name. */
  readonly raw: string;
  readonly event: LinkEvent | Ignored;
}

const SOURCES: readonly string[] = [
  "ppp-ip-up",
  "ppp-ip-down",
  "ifplugd",
  "ifupdown",
  "nm-dispatcher",
  "dhclient",
  "dhcpcd",
] satisfies readonly EventSource[];
/** A hook writes less than this; anything larger is none of ours. */
const LARGEST = 256 * 1024;
/** A half-written file of a hook that was killed. */
const STALE_MS = 60_000;

/** Reads every event that waits, oldest first; files that are none are removed. @param now milliseconds since 1970 */
export function readSpool(now: number): SpooledEvent[] {
  return spoolFiles().flatMap(({ path, source, at, size }) => {
    const text = size <= LARGEST ? readFileSync(path, "utf8") : "";
    const entries = decodeSpoolFile(text);
    if (entries !== null) return [{ path, raw: `${source}\n${text}`, event: decodeEvent(source, entries) }];
    if (now - at > STALE_MS || size > LARGEST) removeFile(path);
    return [];
  });
}

/**
 * Whether every event waited already when the front began to look at the kernel. One that was left there later may tell
 * of what that look did not see.
 * @param listed the paths that the front listed, with spaces between; null: it made no list
 */
export function areListed(events: readonly SpooledEvent[], listed: string | null): boolean {
  const paths = (listed ?? "").split(/\s+/);
  return events.every(({ path }) => path === null || paths.includes(path));
}

/** One event from the list of entries that the hook's shell front makes. */
export function decodeEvent(source: string, entries: readonly string[]): LinkEvent | Ignored {
  if (!SOURCES.includes(source)) return { ignore: `"${source}" is no hook` };
  const { argv, env } = decodeEntries(entries);
  return parseEvent(source as EventSource, argv, env);
}

/** Removes the files of events that are dealt with: the hooks that wait for the lock then end without Node. */
export function clearSpool(events: readonly SpooledEvent[]): void {
  for (const { path } of events) if (path !== null) removeFile(path);
}
