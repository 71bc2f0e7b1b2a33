/** Hostile text from a caller: choosing it, naming an interface with it, quoting it in a log line. */

import { isInterfaceName } from "../net/interface-name.ts";
import type { Ignored } from "./event.ts";

/** The first candidate that is set and not empty, else "": callers write "" for what they do not know. */
export function firstText(...candidates: readonly (string | undefined)[]): string {
  return candidates.find((candidate) => candidate !== undefined && candidate !== "") ?? "";
}

/** The text as an interface name that may be an uplink, or why it is none. */
export function readInterface(text: string): string | Ignored {
  if (text === "") return { ignore: "no interface named" };
  if (text === "lo") return { ignore: "lo is never an uplink" };
  return isInterfaceName(text) ? text : { ignore: `${quoted(text)} is no interface name` };
}

const QUOTED_LENGTH = 40;

/**
 * The text in double quotes for a log line: at most 40 characters of it, and whatever could move the cursor, hide, or
 * reverse the line stands as `\u{HEX}`.
 */
export function quoted(text: string): string {
  const characters = [...text.slice(0, 2 * (QUOTED_LENGTH + 1))];
  const shown = characters.slice(0, QUOTED_LENGTH).join("");
  const escaped = shown
    .replace(/["\\]/g, "\\$&")
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
  return characters.length > QUOTED_LENGTH ? `"${escaped}"...` : `"${escaped}"`;
}
