/** A terminal taken over whole, and given back as it was. */

const ENTER = "\x1b[?1049h\x1b[?25l\x1b[2J";
const LEAVE = "\x1b[0m\x1b[?25h\x1b[?1049l";

export interface Visitor {
  /** A key was pressed; in raw mode Ctrl-C is a key too ("\x03"). */
  readonly key: (key: string) => void;
  /** Nobody can press a key any more: the terminal is gone. */
  readonly end: () => void;
  /** The picture is to be drawn again: the window has another size, or we were away. */
  readonly redraw: () => void;
}

/** The alternate screen, without a cursor, with keys as they are pressed. */
export class FullScreen {
  readonly #visitor: Visitor;
  #open = false;

  constructor(visitor: Visitor) {
    this.#visitor = visitor;
    this.#take();
    if (process.stdin.isTTY) process.stdin.on("data", this.#pressed).on("end", visitor.end);
    process.stdout.on("resize", this.#resized);
    // Whatever ends us: nobody can work in a terminal without a cursor.
    process.on("exit", this.#give);
  }

  get width(): number {
    return process.stdout.columns;
  }

  get height(): number {
    return process.stdout.rows;
  }

  /** Shows lines from the top on, each over what was there; the rest is emptied. */
  show(lines: readonly string[]): void {
    if (!this.#open) return;
    const rows = lines.map((line, row) => `\x1b[${row + 1};1H${line}\x1b[K`);
    process.stdout.write(`${rows.join("")}\x1b[J`);
  }

  /** Gives the terminal back. */
  readonly close = (): void => {
    process.off("exit", this.#give);
    process.stdout.off("resize", this.#resized);
    process.stdin.off("data", this.#pressed).off("end", this.#visitor.end).pause();
    this.#give();
  };

  /** Gives it back for a while; `resume` takes it again. */
  readonly suspend = (): void => this.#give();

  readonly resume = (): void => {
    this.#take();
    this.#visitor.redraw();
  };

  #take(): void {
    if (this.#open) return;
    this.#open = true;
    process.stdout.write(ENTER);
    if (process.stdin.isTTY) process.stdin.setRawMode(true).resume();
  }

  readonly #give = (): void => {
    if (!this.#open) return;
    this.#open = false;
    if (process.stdin.isTTY) process.stdin.setRawMode(false);
    process.stdout.write(LEAVE);
  };

  readonly #pressed = (bytes: Buffer): void => {
    for (const key of String(bytes)) this.#visitor.key(key);
  };

  readonly #resized = (): void => {
    if (!this.#open) return;
    process.stdout.write("\x1b[2J");
    this.#visitor.redraw();
  };
}

/**
 * What the terminal and others ask of a full-screen program by signals: to end as they say, to stop, to go on.
 * @returns takes the listeners away again
 */
export function obeySignals(screen: FullScreen): () => void {
  const ended = (signal: NodeJS.Signals) => {
    screen.close();
    clear();
    // Now with nobody listening: it ends us, and whoever waits for us sees by what.
    process.kill(process.pid, signal);
  };
  const stopped = () => {
    screen.suspend();
    process.kill(process.pid, "SIGSTOP");
  };
  const ends = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;
  for (const signal of ends) process.on(signal, ended);
  process.on("SIGTSTP", stopped).on("SIGCONT", screen.resume);
  const clear = () => {
    for (const signal of ends) process.off(signal, ended);
    process.off("SIGTSTP", stopped).off("SIGCONT", screen.resume);
  };
  return clear;
}

/** What Ctrl-Z means in raw mode: the whole job stops, as the terminal itself would have it. */
export function stopJob(): void {
  process.kill(0, "SIGTSTP");
}
