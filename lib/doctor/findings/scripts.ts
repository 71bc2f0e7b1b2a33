/** Scripts on this machine that change routes, rules or connections themselves: commonly from before Waymark. */

import { isHook } from "../caller-hooks.ts";
import type { Facts } from "../facts.ts";
import { edit, type Finding, note } from "../finding.ts";
import { type Line, linesOf, quote } from "../lines.ts";

interface Habit {
  readonly id: string;
  readonly what: RegExp;
  readonly severity: "warning" | "note";
  readonly title: string;
  readonly why: string;
}

const HABITS: readonly Habit[] = [
  {
    id: "script-flushes-rules",
    what: /\bip\b[^|;&#]*\bru(l|le)?\s+flush\b(?!\s+(proto|table))/,
    severity: "warning",
    title: "flushes everybody's routing rules",
    why: "Waymark's rules are gone until the next link event, and table main's rule with them.",
  },
  {
    id: "script-flushes-routes",
    what: /\bip\b[^|;&#]*\bro?u?t?e?\s+flush\s+table\s+all\b/,
    severity: "warning",
    title: "flushes every routing table",
    why: "Waymark's routes are gone until the next link event.",
  },
  {
    id: "script-flushes-filter",
    what: /\bnft\b[^|;&#]*\bflush\s+ruleset\b/,
    severity: "warning",
    title: "flushes the whole packet filter",
    why: "Nothing is pinned or translated until the next link event.",
  },
  {
    id: "script-flushes-connections",
    what: /\bconntrack\s+(-F\b|--flush\b)|>\s*\/proc\/net\/nf_conntrack/,
    severity: "warning",
    title: "forgets every connection at once",
    why: "Connections of the uplinks that work are cut off too. Waymark lets go only those of the uplink that is gone.",
  },
  {
    id: "script-sets-default",
    what: /\b(ip\b[^|;&#]*\bro?u?t?e?\s+(a|add|d|del|delete|r|repl|replace|c|change)\s+(default|0\.0\.0\.0\/0)|route\s+(add|del)\s+(-net\s+)?default)\b/,
    severity: "note",
    title: "sets the default route by itself",
    why: "Waymark's choice comes before the main table's default, so this has no effect on it, but for a gateway that is learnt from there.",
  },
];

/** Directories and files in which such scripts live. */
export const SCRIPT_PLACES =
  /^\/etc\/(ppp\/ip(v6)?-(up|down)\.d|network\/if-[a-z-]+\.d|ifplugd\/action\.d|NetworkManager\/dispatcher\.d|cron\.[a-z]+)\/|^\/etc\/(rc\.local|crontab|ppp\/ip(v6)?-(up|down)\.local|network\/interfaces)$|^\/etc\/network\/interfaces\.d\/|^\/var\/spool\/cron\/crontabs\//;

/** Nobody writes such lines by hand, and they take the patterns long. */
const LONGEST_LINE = 1000;

export function scripts({ files }: Facts): Finding[] {
  const lines = Object.entries(files)
    .filter(([path, text]) => SCRIPT_PLACES.test(path) && !isHook(text))
    .flatMap(([path, text]) => linesOf(path, text, /^#/))
    .filter(({ text }) => text.length <= LONGEST_LINE);
  return HABITS.flatMap(({ id, what, severity, title, why }): Finding[] => {
    const found = lines.filter(({ text }) => what.test(text));
    if (found.length === 0) return [];
    const places = [...new Set(found.map(({ path }) => path))];
    return [
      {
        id,
        severity,
        title: `${places.join(", ")} ${title}`,
        found: found.map(short),
        why,
        remedy:
          severity === "note"
            ? [note("it can go: waymark.toml says the same, and keeps to it")]
            : found.map((line) => edit(line.path, line.text, null)),
      },
    ];
  });
}

const LONGEST = 160;

function short(line: Line): string {
  const text = quote(line);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
