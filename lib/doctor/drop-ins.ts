/** Configuration files of systemd with their drop-ins, in the order in which they count. */

import { basename, dirname } from "node:path";
import type { Facts } from "./facts.ts";
import { type Line, linesOf } from "./lines.ts";

/** The first wins over the others (systemd.syntax(7)). */
const PLACES = ["/etc", "/run", "/usr/local/lib", "/usr/lib", "/lib"];

/**
 * The lines `key=value` of one section that count, the last one being in force.
 * @param name `systemd/networkd.conf`
 */
export function settingLines({ files }: Facts, name: string, section: string, key: string): Line[] {
  const main = PLACES.map((place) => `${place}/${name}`).find((path) => files[path] !== undefined);
  return [...(main === undefined ? [] : [main]), ...dropIns(files, name)].flatMap((path) =>
    sectionLines(path, files[path] ?? "", section).filter(({ text }) => keyOf(text) === key),
  );
}

/** Files of `NAME.d`, by their own names; one in /etc hides its namesakes. */
function dropIns(files: Facts["files"], name: string): string[] {
  const chosen = new Map<string, string>();
  for (const place of PLACES) {
    const directory = `${place}/${name}.d`;
    for (const path of Object.keys(files)) {
      if (dirname(path) !== directory || !path.endsWith(".conf")) continue;
      if (!chosen.has(basename(path))) chosen.set(basename(path), path);
    }
  }
  return [...chosen.keys()].sort().map((file) => chosen.get(file) ?? "");
}

function sectionLines(path: string, text: string, section: string): Line[] {
  let current = "";
  return linesOf(path, text).filter((line) => {
    const head = /^\[(.*)\]$/.exec(line.text)?.[1];
    if (head !== undefined) current = head;
    return head === undefined && current === section;
  });
}

const keyOf = (line: string) => line.split("=", 1)[0]?.trim();

/** What stands behind the `=`. */
export function settingOf(line: Line): string {
  return line.text.slice(line.text.indexOf("=") + 1).trim();
}

/** Whether a word means "no" to systemd (parse_boolean). */
export function isNo(value: string): boolean {
  return /^(0|no|n|false|f|off)$/i.test(value);
}
