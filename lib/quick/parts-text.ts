/** Parts of a program behind the shell script of one file, each between two lines that nothing else looks like. */

/** Put together at run time: the parts contain this very code, and must not contain such a line. */
const BEGIN = ["\n#@@", "waymark "].join(" ");
const line = (name: string) => `${BEGIN}${name} @@#\n`;
const END = "end";

/** @param parts names and texts, in the order in which they are to stand */
export function withParts(parts: readonly (readonly [string, string])[]): string {
  return `${parts.map(([name, text]) => `${line(name)}${text}`).join("")}${line(END)}`;
}

/** Where a part stands in its file, with the line before it and the beginning of the one behind it; in bytes of ASCII. */
export interface Place {
  readonly from: number;
  readonly length: number;
}

/** The places of all parts in a file, by name. */
export function placesOf(names: readonly string[], file: string): Record<string, Place> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const part = partOf(name, file);
      if (part === null) return [];
      return [
        [name, { from: file.indexOf(line(name)), length: line(name).length + part.length + BEGIN.length }],
      ];
    }),
  );
}

/** The text of a part, from what a file holds in its place; null if that is something else. */
export function partIn(name: string, text: string): string | null {
  const whole = text.startsWith(line(name)) && text.endsWith(BEGIN);
  return whole ? text.slice(line(name).length, -BEGIN.length) : null;
}

/** The text of a part; null if the file has none of that name, or is cut off. */
export function partOf(name: string, file: string): string | null {
  const from = file.indexOf(line(name));
  if (from < 0) return null;
  const begin = from + line(name).length;
  const end = file.indexOf(BEGIN, begin);
  return end < 0 ? null : file.slice(begin, end);
}
