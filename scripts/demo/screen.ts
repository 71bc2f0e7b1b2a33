/** The demo for a terminal: keeps the picture up to date, and gives the terminal back as it was. */

import { setTimeout as sleep } from "node:timers/promises";
import { FullScreen } from "../../lib/terminal/full-screen.ts";
import type { Status } from "../../test/lab/harness/router.ts";
import type { Audience, Deed } from "./director.ts";
import { LINES, type LineName } from "./lines.ts";
import { draw, HEIGHT, type LineView, type View, WIDTH } from "./picture.ts";
import type { Scene } from "./scenes.ts";
import type { Traffic } from "./traffic.ts";
import type { Verdict } from "./verdict.ts";

const FRAME_MS = 120;
/** A line is drawn as flowing for this long after an answer. */
const ALIVE_MS = 400;

/** Whether a terminal is there, and large enough. */
export function fits(): boolean {
  const { isTTY, columns, rows } = process.stdout;
  return isTTY === true && process.stdin.isTTY === true && columns >= WIDTH && rows >= HEIGHT;
}

export class Screen implements Audience {
  readonly #began = Date.now();
  readonly #terminal: FullScreen;
  readonly #timer: NodeJS.Timeout;
  readonly #quit: () => void;
  #traffic: Traffic | undefined;
  #status: Status | undefined;
  #title = "The house is being built";
  #verdict: Verdict | undefined;
  #deed: Deed | undefined;
  #paused = false;
  #played = 0;
  #broken = 0;
  #longestPause = 0;
  #tick = 0;

  /** @param quit is called when somebody wants to leave */
  constructor(quit: () => void) {
    this.#quit = quit;
    this.#terminal = new FullScreen({ key: this.#key, end: quit, redraw: () => this.#show() });
    this.#timer = setInterval(() => this.#show(), FRAME_MS);
  }

  /** Gives the terminal back. */
  readonly close = (): void => {
    clearInterval(this.#timer);
    this.#terminal.close();
  };

  readonly #key = (key: string): void => {
    if (key === " ") this.#paused = !this.#paused;
    if (key === "q" || key === "Q" || key === "\x03") this.#quit();
  };

  watch(traffic: Traffic): void {
    this.#traffic = traffic;
  }

  async wait(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= this.#paused ? 0 : 20) await sleep(Math.min(20, left));
  }

  begins({ title }: Scene): void {
    this.#title = title;
    this.#verdict = undefined;
    this.#deed = undefined;
  }

  sees(status: Status): void {
    this.#status = status;
  }

  hears(deed: Deed): void {
    this.#deed = deed;
  }

  judges(verdict: Verdict): void {
    this.#verdict = verdict;
    this.#played++;
    this.#broken += verdict.failures.length > 0 ? 1 : 0;
    this.#longestPause = Math.max(this.#longestPause, verdict.pause);
  }

  #show(): void {
    // A frozen picture is what a pause is for.
    if (!this.#paused) this.#tick++;
    this.#traffic?.update();
    this.#terminal.show(draw(this.#view(), this.#tick));
  }

  #view(): View {
    return {
      lines: Object.fromEntries(LINES.map((name) => [name, this.#line(name)])) as View["lines"],
      title: this.#title,
      verdict: this.#verdict,
      deed: this.#deed,
      played: this.#played,
      broken: this.#broken,
      longestPause: this.#longestPause,
      seconds: (Date.now() - this.#began) / 1000,
      paused: this.#paused,
    };
  }

  #line(name: LineName): LineView {
    const uplink = this.#status?.uplinks.find((one) => one.name === name);
    const open = this.#traffic?.count(name) ?? 0;
    const alive = Date.now() - (this.#traffic?.alive[name] ?? 0) < ALIVE_MS;
    const line = (state: LineView["state"], words: string) => ({ state, words, open, alive });
    if (!uplink) return line("down", "");
    if (uplink.chosen) return line("chosen", "new connections go here");
    if (uplink.state === "disabled") return line("by hand", "switched off by hand");
    if (uplink.reason.startsWith("drained")) return line("by hand", "drained, keeps old ones");
    if (uplink.state === "up") return line("up", open > 0 ? "keeps old ones" : "stands by");
    return line("down", name === "gsm" ? "not dialled" : "no cable");
  }
}
