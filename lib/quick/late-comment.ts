/** JavaScript inside a JavaScript comment, and out again. */

const begin = (name: string) => `\n/*! late ${name}\n`;
const END = "*/";
/** Stands for the two characters that would end the comment. Put together at run time, lest it be masked itself. */
const MASKED_END = ["*", "/"].join("@");

/**
 * The code as a comment to be appended to a program.
 * @throws Error when the code already has what stands for the comment's end
 */
export function commented(name: string, code: string): string {
  if (code.includes(MASKED_END)) throw new Error(`${name} contains ${MASKED_END}`);
  return `${begin(name)}${code.replaceAll(END, MASKED_END)}\n${END}\n`;
}

/** The code out of the program's comment of that name; null if it has none. */
export function uncommented(name: string, program: string): string | null {
  const from = program.lastIndexOf(begin(name));
  const to = program.indexOf(END, from);
  return from < 0 || to < 0 ? null : program.slice(from + begin(name).length, to).replaceAll(MASKED_END, END);
}
