/** What a syslog daemon's file holds of Waymark, where there is no journal. */

import { createReadStream, existsSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Zone } from "../terminal/clock.ts";
import { appendedLines } from "./appended.ts";
import type { EventRecord } from "./record.ts";
import { parseSyslogLine } from "./syslog-line.ts";

/** Where rsyslog and busybox write to by default; daemon.log is Debian 11's. */
const FILES = ["/var/log/syslog", "/var/log/messages", "/var/log/daemon.log"];

/** @returns the first that there is; null: none */
export function syslogFile(): string | null {
  return FILES.find((path) => existsSync(path)) ?? null;
}

/** How far a file was read. */
export interface Place {
  bytes: number;
}

/**
 * Reads the file, and the one before it that logrotate(8) put aside.
 * @param place is set to the end of what was read
 * @throws what the file system says (EACCES)
 */
export async function* syslogRecords(
  path: string,
  now: number,
  zone: Zone,
  place: Place,
): AsyncGenerator<EventRecord> {
  for (const part of [`${path}.1`, path]) {
    if (!existsSync(part)) continue;
    const input = createReadStream(part);
    for await (const line of createInterface({ input })) {
      const record = parseSyslogLine(line, now, zone);
      if (record !== null) yield record;
    }
    if (part === path) place.bytes = input.bytesRead;
  }
}

/** What is written from a place on, also into the next file of that name; does not end. */
export async function* syslogFollow(
  path: string,
  { bytes }: Place,
  now: () => number,
  zone: Zone,
): AsyncGenerator<EventRecord> {
  for await (const line of appendedLines(path, bytes)) {
    const record = parseSyslogLine(line, now(), zone);
    if (record !== null) yield record;
  }
}
