/** Parts of a program behind the shell script of one file, each between two lines that nothing else looks like. */

/** Put together at run time: the parts contain this very code, and must not contain such a line. */
const BEGIN = ["\n#@@", "waymark "].join(" ");
const line = (name: string) => `${BEGIN}${name} @@#\n`;
const END = "end";

/** @param parts names and texts, in the order in which they are to stand */
export function withParts(parts: readonly (readonly [string, string])[]): string {
  return `${parts.map(([name, text]) => `${line(name)}${text}`).join("")}${line(END)}`;
}

/** The text of a part; null if the file has none of that name, or is cut off. */
export function partOf(name: string, file: string): string | null {
  const from = file.indexOf(line(name));
  if (from < 0) return null;
  const begin = from + line(name).length;
  const end = file.indexOf(BEGIN, begin);
  return end < 0 ? null : file.slice(begin, end);
}
