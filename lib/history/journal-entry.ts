/** One line of `journalctl -o json`. Pure. */

import { type EventRecord, eventRecord } from "./record.ts";

/** Fields of systemd.journal-fields(7) that are asked for. */
export const JOURNAL_FIELDS = "MESSAGE,PRIORITY";

export interface JournalEntry {
  /** Where to go on behind it. */
  readonly cursor: string;
  readonly record: EventRecord;
}

/** @returns null for a line that is no entry */
export function parseEntry(line: string): JournalEntry | null {
  const entry = objectOf(line);
  if (entry === null) return null;
  const { __CURSOR: cursor, __REALTIME_TIMESTAMP: microseconds, PRIORITY: priority } = entry;
  const at = Math.floor(Number(microseconds) / 1000);
  // What a Date can hold.
  if (typeof cursor !== "string" || !(at >= 0 && at <= 8.64e15)) return null;
  const level = typeof priority === "string" && /^[0-7]$/.test(priority) ? Number(priority) : null;
  return { cursor, record: eventRecord(at, level, messageOf(entry.MESSAGE)) };
}

/**
 * The text of a field: bytes if it holds what does not print, a list if the entry has it twice, null if it is very long
 * (journalctl(1), `-o json`).
 */
function messageOf(field: unknown): string {
  if (typeof field === "string") return field;
  if (!Array.isArray(field)) return "(too long to be shown)";
  if (field.every((byte) => Number.isInteger(byte) && byte >= 0 && byte <= 255)) {
    return Buffer.from(field as number[]).toString("utf8");
  }
  return messageOf(field[0]);
}

function objectOf(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
