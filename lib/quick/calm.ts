/**
 * Events come twice and more often than that. What ended with nothing to do is remembered, word for word, together with
 * what was there; so the hook's shell front can end the same event again before Node starts, if nothing has changed.
 */

import type { Batches } from "../kernel/observe.ts";

/** Parts the words of an event for the front, whose variables cannot hold the zero byte of the spool. */
const BETWEEN = "\n";

/** Between what the three kinds of look say. */
const PART = "#\n";

/**
 * An event as the front puts it into one word: hook, then the entries.
 * @param raw `HOOK\n`, then what the hook left in the spool
 */
export function eventWord(raw: string): string {
  const [hook = "", text = ""] = raw.split(/\n([\s\S]*)/, 2);
  return [hook, ...text.split("\0").slice(0, -2)].join(BETWEEN);
}

/** A string as a word of the shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** An event that had nothing to do. */
export interface CalmEvent {
  /** What to call it. */
  readonly name: string;
  readonly device: string | null;
}

/** What tells at a glance, before any program is started, that a device is another or has lost its carrier. */
const GLANCE = ["ifindex", "carrier"] as const;

/** Files whose first lines, "" where there is none, make up the glance at a device. */
export const glanceFiles = (device: string): string[] =>
  GLANCE.map((file) => `/sys/class/net/${device}/${file}`);

/**
 * For sh: sets `calm` to what to call the event in `$event`, if that had nothing to do and its device looks the same.
 * @param events by word
 * @param glances by device, the first lines of its glanceFiles(), each with a blank behind it
 */
export function calmScript(
  events: Readonly<Record<string, CalmEvent>>,
  glances: Readonly<Record<string, string>>,
): string {
  const looks = GLANCE.map((file) => `seen= && read -r seen <"/sys/class/net/$1/${file}"; now="$now$seen "`);
  const same = `same() {\n  now=\n  { ${looks.join("; ")}; } 2>/dev/null\n  [ "$now" = "$2" ]\n}\n`;
  const cases = Object.entries(events).map(([word, { name, device }]) => {
    const look = device === null ? "" : `same ${quoted(device)} ${quoted(glances[device] ?? "")} && `;
    return `${quoted(word)}) ${look}calm=${quoted(name)} ;;\n`;
  });
  return `${same}case $event in\n${cases.join("")}esac\n`;
}

/** Lifetimes of addresses and routes run down by themselves, but for those that last for ever. */
const LIFETIME = /("(?:valid_life_time|preferred_life_time|expires)":)(?!4294967295\b)\d+/g;

/**
 * For bash: fails unless `$look` (what `ip` says, each part ended by a line `#`) and some settings are as they were, and
 * no file is newer than this script.
 * @param settings by path, those that `ip` does not tell
 * @param files absolute paths
 */
export function seenScript(
  said: Batches,
  settings: Readonly<Record<string, string>>,
  files: readonly string[],
): string {
  const look = [said.all, said.ipv4, said.ipv6].map((text) => `${text}${PART}`).join("");
  const pieces = look.replace(/\n$/, "").split(LIFETIME);
  // Odd places hold the keys, which belong to what stands before the number.
  const pattern = pieces
    .map((piece, place) => (place % 2 === 0 ? quoted(piece) : `${quoted(piece)}+([0-9])`))
    .join("");
  const checks = [
    `[[ $look == ${pattern} ]]`,
    ...files.flatMap((file) =>
      withDirectory(file).map(
        (path) => `[[ -e ${quoted(path)} && ! ${quoted(path)} -nt \${BASH_SOURCE[0]} ]]`,
      ),
    ),
    ...Object.entries(settings).map(
      ([path, value]) => `read -r value <${quoted(path)} && [[ $value == ${quoted(value)} ]]`,
    ),
  ];
  return `${checks.map((check) => `${check} || return 1\n`).join("")}return 0\n`;
}

/** A file, and the directory whose time tells that the file was replaced, by an older one even. */
export function withDirectory(file: string): string[] {
  return [file, file.slice(0, file.lastIndexOf("/")) || "/"];
}
