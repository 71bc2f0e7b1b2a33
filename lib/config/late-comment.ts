/** JavaScript inside a JavaScript comment, and out again. */

const BEGIN = "\n/*! late";
const END = "*/";
/** Stands for the two characters that would end the comment; the control character occurs in no program text. */
const MASKED_END = "*\u0001/";

/** The code as a comment to be appended to a program. */
export function commented(code: string): string {
  return `${BEGIN}\n${code.replaceAll(END, MASKED_END)}\n${END}\n`;
}

/** The code out of the program's last such comment; null if it has none. */
export function uncommented(program: string): string | null {
  const begin = program.lastIndexOf(BEGIN);
  const end = program.lastIndexOf(END);
  return begin < 0 || end < begin
    ? null
    : program.slice(begin + BEGIN.length, end).replaceAll(MASKED_END, END);
}
