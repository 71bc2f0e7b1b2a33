/** A sheet of character cells, each with a colour, that becomes lines of text for a terminal. */

/** SGR parameters. */
export const INK = {
  plain: "0",
  bold: "1",
  dim: "2",
  red: "31",
  green: "32",
  yellow: "33",
  blue: "34",
  cyan: "36",
  boldGreen: "1;32",
  boldYellow: "1;33",
  boldRed: "1;31",
} as const;

export type Ink = (typeof INK)[keyof typeof INK];

interface Cell {
  readonly char: string;
  readonly ink: Ink;
}

const BLANK: Cell = { char: " ", ink: INK.plain };

export class Canvas {
  readonly width: number;
  readonly #rows: Cell[][];

  constructor(width: number, height: number) {
    this.width = width;
    this.#rows = Array.from({ length: height }, () => Array.from({ length: width }, () => BLANK));
  }

  /** Writes text from a cell on to the right; what does not fit is cut off. */
  put(x: number, y: number, text: string, ink: Ink = INK.plain): void {
    const row = this.#rows[y];
    [...text].forEach((char, index) => {
      if (row && x + index >= 0 && x + index < this.width) row[x + index] = { char, ink };
    });
  }

  box(x: number, y: number, width: number, height: number, ink: Ink): void {
    const bar = "─".repeat(width - 2);
    this.put(x, y, `┌${bar}┐`, ink);
    for (let row = y + 1; row < y + height - 1; row++) {
      this.put(x, row, "│", ink);
      this.put(x + width - 1, row, "│", ink);
    }
    this.put(x, y + height - 1, `└${bar}┘`, ink);
  }

  /** One string for each row, with the colours in it. */
  lines(): string[] {
    return this.#rows.map((row) => {
      let text = "";
      let ink: Ink = INK.plain;
      for (const cell of row) {
        if (cell.ink !== ink) text += cell.ink === INK.plain ? "\x1b[0m" : `\x1b[0;${cell.ink}m`;
        ink = cell.ink;
        text += cell.char;
      }
      return `${text.trimEnd()}\x1b[0m`;
    });
  }
}

/** Breaks text into lines at spaces. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** The text, or its beginning and an ellipsis. */
export function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}
