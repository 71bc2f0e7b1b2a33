/** What the journal (systemd-journald(8)) holds of Waymark. */

import { readdirSync } from "node:fs";
import { isAbsent } from "../state/files.ts";
import { childLines } from "./child-lines.ts";
import { JOURNAL_FIELDS, type JournalEntry, parseEntry } from "./journal-entry.ts";

const FOLDERS = ["/run/log/journal", "/var/log/journal"];

/** Whether somebody keeps a journal here: a folder named after the machine, with files in it. */
export function hasJournal(): boolean {
  return FOLDERS.some((folder) =>
    entriesOf(folder).some((machine) =>
      entriesOf(`${folder}/${machine}`).some((name) => name.endsWith(".journal")),
    ),
  );
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    // A journal that may not be looked into is none for us; journalctl says so better.
    if (isAbsent(error) || (error as NodeJS.ErrnoException).code === "EACCES") return [];
    throw error;
  }
}

export interface JournalQuery {
  /** Milliseconds since 1970; null: from the beginning. */
  readonly since: number | null;
  /** Also what changed nothing. */
  readonly all: boolean;
}

/** Entries that root's processes wrote: anybody can log under our name. */
function baseArguments({ since, all }: JournalQuery): string[] {
  return [
    "--no-pager",
    "--output=json",
    `--output-fields=${JOURNAL_FIELDS}`,
    "--identifier=waymark",
    ...(since === null ? [] : [`--since=@${Math.floor(since / 1000)}`]),
    ...(all ? [] : ["--priority=notice"]),
    "_UID=0",
  ];
}

/** All that is there, oldest first. @throws Error when journalctl cannot be run */
export function journalEntries(query: JournalQuery): AsyncGenerator<JournalEntry> {
  return parsed(childLines("journalctl", baseArguments(query)));
}

/**
 * What comes from now on; does not end.
 * @param cursor of the last entry that is known; null: none
 */
export function journalFollow(
  query: JournalQuery,
  cursor: string | null,
  now: number,
): AsyncGenerator<JournalEntry> {
  const from = cursor === null ? { ...query, since: now } : { ...query, since: null };
  const behind = cursor === null ? [] : [`--after-cursor=${cursor}`];
  return parsed(childLines("journalctl", ["--follow", "--no-tail", ...behind, ...baseArguments(from)]));
}

async function* parsed(lines: AsyncGenerator<string>): AsyncGenerator<JournalEntry> {
  for await (const line of lines) {
    const entry = parseEntry(line);
    if (entry !== null) yield entry;
  }
}
