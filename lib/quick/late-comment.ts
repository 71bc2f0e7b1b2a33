/** JavaScript inside a JavaScript comment, and out again. */

const begin = (name: string) => `\n/*! late ${name}\n`;
const END = "*/";
/** Stands for the two characters that would end the comment; made at run time, lest this line be masked itself. */
const MASKED_END = `*${String.fromCharCode(1)}/`;

/** The code as a comment to be appended to a program. */
export function commented(name: string, code: string): string {
  return `${begin(name)}${code.replaceAll(END, MASKED_END)}\n${END}\n`;
}

/** The code out of the program's comment of that name; null if it has none. */
export function uncommented(name: string, program: string): string | null {
  const from = program.lastIndexOf(begin(name));
  const to = program.indexOf(END, from);
  return from < 0 || to < 0 ? null : program.slice(from + begin(name).length, to).replaceAll(MASKED_END, END);
}
