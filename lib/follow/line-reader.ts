/** Cuts what a program prints into lines. */

/** No line of the programs that are read here is anywhere near this long; what is longer is not theirs. */
const LONGEST = 16 * 1024;

/** Feed it pieces of text; it gives whole lines, and drops those that are too long. */
export class LineReader {
  #rest = "";
  #dropping = false;

  /** @returns the lines that end in this piece, without their ends */
  read(piece: string): string[] {
    const lines = (this.#rest + piece).split("\n");
    this.#rest = lines.pop() ?? "";
    if (this.#dropping && lines.length > 0) {
      lines.shift();
      this.#dropping = false;
    }
    if (this.#rest.length > LONGEST) {
      this.#rest = "";
      this.#dropping = true;
    }
    return lines.filter((line) => line.length <= LONGEST);
  }
}
