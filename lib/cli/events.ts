/** `waymark events` */

import { hasJournal, journalEntries, journalFollow } from "../history/journal.ts";
import { type EventFilter, type EventRecord, formatRecord, isWanted } from "../history/record.ts";
import { parseSince, SINCE_FORMS } from "../history/since.ts";
import { type Place, syslogFile, syslogFollow, syslogRecords } from "../history/syslog.ts";
import { loadSystem } from "../state/system.ts";
import { localZone } from "../terminal/clock.ts";
import { parseOptions, UsageError } from "./options.ts";

/** How many are shown when nothing else is said. */
const USUAL = { past: 50, following: 10 } as const;

const NOWHERE =
  "there is no journal here, and no /var/log/syslog or /var/log/messages: nobody keeps what is logged. Install systemd-journald or rsyslog; `waymark status` shows the last errors";

const MAY_NOT =
  "there is no journal here that you may read: sudo waymark events (or be in group systemd-journal or adm)";

interface Question {
  readonly filter: EventFilter;
  /** The newest so many; null: all. */
  readonly most: number | null;
  readonly follow: boolean;
  readonly show: (record: EventRecord) => void;
}

/**
 * Shows what happened, and why the choice changed.
 * @param words those behind the verb
 * @returns 1 if nobody keeps a log here
 */
export async function eventsVerb(words: readonly string[]): Promise<number> {
  const question = await readQuestion(words, Date.now());
  if (hasJournal()) return fromJournal(question);
  const path = syslogFile();
  if (path !== null) return fromSyslog(question, path);
  process.stderr.write(`waymark events: ${process.geteuid?.() === 0 ? NOWHERE : MAY_NOT}\n`);
  return 1;
}

async function readQuestion(words: readonly string[], now: number): Promise<Question> {
  const { values, flags, positionals } = parseOptions(words, {
    strings: ["since", "n"],
    booleans: ["f", "all", "json"],
    positionals: [0, 1],
  });
  const since = values.since === undefined ? null : parseSince(values.since, now, localZone);
  if (since === null && values.since !== undefined) throw new UsageError(`--since takes ${SINCE_FORMS}`);
  if (values.n !== undefined && !/^\d{1,9}$/.test(values.n)) throw new UsageError("-n takes a number");
  const follow = flags.f === true;
  const usual = since === null ? USUAL[follow ? "following" : "past"] : null;
  const colour = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;
  return {
    filter: { uplink: await uplinkNamed(positionals[0]), since, all: flags.all === true },
    most: values.n === undefined ? usual : Number(values.n),
    follow,
    show: (record) => {
      const text = flags.json ? JSON.stringify(record) : formatRecord(record, { colour, zone: localZone });
      process.stdout.write(`${text}\n`);
    },
  };
}

/** Names that once were in the configuration have a past too. */
async function uplinkNamed(name: string | undefined): Promise<string | null> {
  if (name === undefined) return null;
  const { config, numbers } = (await loadSystem(false)).system;
  const known = new Set([...(config?.uplinks ?? []).map((uplink) => uplink.name), ...Object.keys(numbers)]);
  if (known.has(name)) return name;
  throw new UsageError(`there is no uplink "${name}"; there are ${[...known].join(", ") || "none"}`);
}

async function fromJournal({ filter, most, follow, show }: Question): Promise<number> {
  let cursor: string | null = null;
  const last = new Last(most);
  const began = Date.now();
  for await (const entry of journalEntries(filter)) {
    cursor = entry.cursor;
    if (isWanted(entry.record, filter)) last.add(entry.record);
  }
  last.records().forEach(show);
  if (!follow) return 0;
  for await (const { record } of journalFollow(filter, cursor, began)) {
    if (isWanted(record, filter)) show(record);
  }
  return 0;
}

async function fromSyslog({ filter, most, follow, show }: Question, path: string): Promise<number> {
  const place: Place = { bytes: 0 };
  const last = new Last(most);
  for await (const record of syslogRecords(path, Date.now(), localZone, place)) {
    if (isWanted(record, filter)) last.add(record);
  }
  last.records().forEach(show);
  if (!follow) return 0;
  for await (const record of syslogFollow(path, place, Date.now, localZone)) {
    if (isWanted(record, filter)) show(record);
  }
  return 0;
}

/** The newest of many. */
class Last {
  readonly #most: number | null;
  #records: EventRecord[] = [];

  constructor(most: number | null) {
    this.#most = most;
  }

  add(record: EventRecord): void {
    this.#records.push(record);
    if (this.#most !== null && this.#records.length > 2 * this.#most + 100) this.#records = this.records();
  }

  records(): EventRecord[] {
    if (this.#most === null) return this.#records;
    return this.#most === 0 ? [] : this.#records.slice(-this.#most);
  }
}
