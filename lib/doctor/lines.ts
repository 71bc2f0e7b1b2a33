/** Lines of configuration files, and how a finding quotes them. */

export interface Line {
  readonly path: string;
  /** From 1. */
  readonly number: number;
  /** Without blanks at its ends. */
  readonly text: string;
}

/** The lines of a file that say something: neither blank nor a comment. */
export function linesOf(path: string, text: string, comments = /^[#;]/): Line[] {
  return text.split("\n").flatMap((raw, place) => {
    const line = raw.trim();
    return line === "" || comments.test(line) ? [] : [{ path, number: place + 1, text: line }];
  });
}

/** `/etc/x.conf:3: key=value`. Findings are shown to others: what stands behind the word `password` is left out. */
export function quote({ path, number, text }: Line): string {
  return `${path}:${number}: ${text.replace(/(^|\s)(password\s+)("[^"]*"|'[^']*'|\S+)/g, "$1$2…")}`;
}
