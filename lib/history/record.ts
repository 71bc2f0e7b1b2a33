/** One entry of the journal as `waymark events` shows it. Pure. */

import { escapeLine } from "../log.ts";
import { clockText, type Zone } from "../terminal/clock.ts";
import { type ChoiceChange, parseChoice, parseLine } from "./line.ts";

/** syslog(3), from the gravest. */
const PRIORITIES = ["emerg", "alert", "crit", "error", "warning", "notice", "info", "debug"] as const;
export type PriorityName = (typeof PRIORITIES)[number];

/** A line that was logged: what `events --json` prints, one object a line. */
export interface EventRecord {
  /** ISO 8601. */
  readonly at: string;
  /** null: the log does not keep it. */
  readonly priority: PriorityName | null;
  /** What woke Waymark; null for a line of another kind: an error, a warning. */
  readonly trigger: string | null;
  /** How the choice changed, and why; null: it did not. */
  readonly choice: ChoiceChange | null;
  /** What else changed, one text each. */
  readonly differences: readonly string[];
  /** Commands that changed something in the kernel; null if `trigger` is. */
  readonly changes: number | null;
  /** How long it took; null: not told. */
  readonly milliseconds: number | null;
  /** The whole line, without control characters. */
  readonly message: string;
}

/** @param at milliseconds since 1970 @param priority 0 to 7; null: not known */
export function eventRecord(at: number, priority: number | null, text: string): EventRecord {
  const message = escapeLine(text);
  const line = parseLine(message);
  const [first = "", ...rest] = line?.differences ?? [];
  const choice = parseChoice(first);
  return {
    at: new Date(at).toISOString(),
    priority: priority === null ? null : (PRIORITIES[priority] ?? null),
    trigger: line?.trigger ?? null,
    choice,
    differences: choice === null ? (line?.differences ?? []) : rest,
    changes: line?.changes ?? null,
    milliseconds: line?.took ?? null,
    message,
  };
}

export interface EventFilter {
  /** An uplink's name; null: any. */
  readonly uplink: string | null;
  /** Milliseconds since 1970; null: from the beginning. */
  readonly since: number | null;
  /** Also what changed nothing. */
  readonly all: boolean;
}

export function isWanted(record: EventRecord, { uplink, since, all }: EventFilter): boolean {
  return (
    (since === null || Date.parse(record.at) >= since) &&
    (uplink === null || mentions(record.message, uplink)) &&
    (all || !isQuiet(record))
  );
}

/** A look that found everything as it should be. */
function isQuiet({ priority, changes, differences, choice }: EventRecord): boolean {
  if (priority === "info" || priority === "debug") return true;
  return priority === null && changes === 0 && choice === null && differences.length === 0;
}

/** The name as a word of its own: names are letters, digits, `_` and `-`. */
function mentions(message: string, name: string): boolean {
  return message.split(/[^A-Za-z0-9_-]+/).includes(name);
}

/** SGR parameters (console_codes(4)). */
const [BOLD, RED, YELLOW, GREY] = [1, 31, 33, 90] as const;

/** A line for people: when, what, and in brackets what brought it about. */
export function formatRecord(
  record: EventRecord,
  how: { readonly colour: boolean; readonly zone: Zone },
): string {
  const paint = (code: number, text: string) => (how.colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  const when = paint(GREY, clockText(Date.parse(record.at), how.zone));
  const { trigger, choice, differences, priority } = record;
  if (trigger === null) {
    const grave = priority === null ? null : PRIORITIES.indexOf(priority);
    if (grave === null || grave > 4) return `${when}  ${record.message}`;
    const [word, code] = grave === 4 ? (["warning", YELLOW] as const) : (["error", RED] as const);
    return `${when}  ${paint(code, `${word}: ${record.message}`)}`;
  }
  const told = [...(choice === null ? [] : [paint(BOLD, choiceText(choice))]), ...differences];
  const work = workText(record);
  if (told.length === 0) return `${when}  ${trigger}: ${work}`;
  return `${when}  ${told.join("; ")}  ${paint(GREY, `(${trigger}: ${work})`)}`;
}

function choiceText({ from, to, why }: ChoiceChange): string {
  const names = (list: readonly string[]) => (list.length === 0 ? "none" : list.join("+"));
  return `choice ${names(from)} -> ${names(to)}: ${why}`;
}

function workText({ changes, milliseconds }: EventRecord): string {
  if (changes === null || changes === 0) return "nothing to do";
  return `${changes} ${changes === 1 ? "change" : "changes"}${milliseconds === null ? "" : ` in ${milliseconds} ms`}`;
}
