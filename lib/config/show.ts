/** Values of a configuration as they appear in messages: on one line, nothing in them that a terminal obeys. */

const LONGEST = 60;

/** Control characters, line separators, lone surrogates, and characters that reverse or hide text. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** The text with what could disturb a terminal or a log written as `\uXXXX`. */
export function escaped(text: string): string {
  return text.replace(UNSAFE, (character) =>
    [...character]
      .map((one) => one.codePointAt(0) ?? 0)
      .map((code) => (code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`))
      .join(""),
  );
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, "0");
}

/** The text in double quotes, escaped, shortened if it is long. */
export function quoted(text: string): string {
  const characters = [...text];
  const short = characters.length > LONGEST ? `${characters.slice(0, LONGEST).join("")}...` : text;
  return `"${escaped(short.replace(/["\\]/g, "\\$&"))}"`;
}

/** What a message says was found: the value itself if it is a simple one, else its kind. */
export function shown(value: unknown): string {
  if (typeof value === "string") return quoted(value);
  if (value instanceof Date) return "a date or time";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  return typeof value === "object" ? "a table" : String(value);
}

/** `a`, `a or b`, `a, b or c`. */
export function alternatives(words: readonly string[]): string {
  const last = words.at(-1) ?? "";
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} or ${last}`;
}
