/** The live view: the house on the left, the router in the middle, three lines to the internet on the right. */

import { Canvas, cut, INK, type Ink, wrap } from "../../lib/terminal/canvas.ts";
import type { Deed } from "./director.ts";
import { HOUSE, LINES, type LineName, TITLE } from "./lines.ts";
import type { Verdict } from "./verdict.ts";

export const WIDTH = 80;
export const HEIGHT = 24;

/** How a line is doing. */
export interface LineView {
  /** "chosen": it carries new connections; "up": it could; "by hand": somebody took it out; "down": it is not there. */
  readonly state: "chosen" | "up" | "by hand" | "down";
  readonly words: string;
  readonly open: number;
  /** Something was carried a moment ago. */
  readonly alive: boolean;
}

export interface View {
  readonly lines: Readonly<Record<LineName, LineView>>;
  readonly title: string;
  readonly verdict: Verdict | undefined;
  readonly deed: Deed | undefined;
  readonly played: number;
  readonly broken: number;
  readonly longestPause: number;
  readonly seconds: number;
  readonly paused: boolean;
}

/** The Linux console's fonts have no filled circle. */
const MARK = process.env.TERM === "linux" ? "o" : "●";

/** Colour of the words, and of the marks that move. */
const LOOK: Readonly<Record<LineView["state"], { readonly ink: Ink; readonly lamp: Ink }>> = {
  chosen: { ink: INK.boldGreen, lamp: INK.boldGreen },
  up: { ink: INK.dim, lamp: INK.green },
  "by hand": { ink: INK.yellow, lamp: INK.boldYellow },
  down: { ink: INK.red, lamp: INK.red },
};

/** Columns and rows of the picture. */
const TOP = 2;
const BOTTOM = 13;
const HOME = { x: 2, width: 17 };
const ROUTER = { x: 25, width: 11 };
const INTERNET = { x: 67, width: 11 };
const ROW: Readonly<Record<LineName, number>> = { adsl: 4, lte: 8, gsm: 12 };
const MIDDLE = ROW.lte;
const MARKS_APART = 8;
const TEXT_WIDTH = WIDTH - 4;

/** @param tick counts the frames: the marks move by one cell with each */
export function draw(view: View, tick: number): string[] {
  const canvas = new Canvas(WIDTH, HEIGHT);
  head(canvas, view);
  boxes(canvas);
  const talks = LINES.some((name) => view.lines[name].alive);
  wire(canvas, MIDDLE, HOME.x + HOME.width - 1, ROUTER.x, talks ? LOOK.chosen : null, tick);
  for (const name of LINES) line(canvas, name, view.lines[name], tick);
  told(canvas, view);
  foot(canvas, view);
  return canvas.lines();
}

function head(canvas: Canvas, { seconds }: View): void {
  canvas.put(2, 0, "Waymark", INK.bold);
  canvas.put(11, 0, "a house with three lines to the internet, in namespaces", INK.dim);
  const clock = `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
  canvas.put(WIDTH - 2 - clock.length, 0, clock, INK.dim);
}

function boxes(canvas: Canvas): void {
  const height = BOTTOM - TOP + 1;
  for (const { x, width } of [HOME, ROUTER, INTERNET]) canvas.box(x, TOP, width, height, INK.plain);
  canvas.put(HOME.x + 2, TOP, " the house ", INK.bold);
  const home = [`${HOUSE.lasting} connections`, "kept open", "", "1 call", "", "1 new one", "each second"];
  home.forEach((text, index) => {
    canvas.put(HOME.x + 2, TOP + 2 + index, text);
  });
  canvas.put(ROUTER.x + 2, MIDDLE - 1, "router", INK.bold);
  canvas.put(ROUTER.x + 2, MIDDLE, "Waymark", INK.cyan);
  canvas.put(INTERNET.x + 2, MIDDLE - 1, "the", INK.bold);
  canvas.put(INTERNET.x + 2, MIDDLE, "internet", INK.bold);
}

type Look = (typeof LOOK)[LineView["state"]];

/** A wire between the edges of two boxes; marks move along it if something is said. */
function wire(canvas: Canvas, y: number, from: number, to: number, look: Look | null, tick: number): void {
  canvas.put(from, y, "├");
  canvas.put(to, y, "┤");
  canvas.put(from + 1, y, "─".repeat(to - from - 1), INK.dim);
  if (look === null) return;
  for (let x = from + 1; x < to; x++) if ((x - tick) % MARKS_APART === 0) canvas.put(x, y, MARK, look.lamp);
}

function line(canvas: Canvas, name: LineName, { state, words, open, alive }: LineView, tick: number): void {
  const [from, to, y] = [ROUTER.x + ROUTER.width - 1, INTERNET.x, ROW[name]];
  const look = LOOK[state];
  canvas.put(from + 2, y - 1, TITLE[name].padEnd(5), INK.bold);
  canvas.put(from + 7, y - 1, words, look.ink);
  if (state === "down") canvas.put(from + 1, y, "·".repeat(to - from - 1), look.lamp);
  else wire(canvas, y, from, to, alive ? look : null, tick);
  if (open > 0) canvas.put(from + 7, y + 1, `${open} open`, state === "down" ? look.ink : INK.plain);
}

function told(canvas: Canvas, { title, verdict, deed }: View): void {
  canvas.put(2, 15, "▸", INK.cyan);
  canvas.put(4, 15, cut(title, TEXT_WIDTH), INK.bold);
  const failure = verdict?.failures[0];
  const text = failure === undefined ? (verdict?.words ?? "measuring …") : `Not as promised: ${failure}`;
  wrap(text, TEXT_WIDTH - 2)
    .slice(0, 3)
    .forEach((part, index) => {
      canvas.put(4, 16 + index, part, failure === undefined ? INK.plain : INK.boldRed);
    });
  if (!deed) return;
  canvas.put(2, 20, "$", INK.cyan);
  canvas.put(4, 20, cut(deed.called, TEXT_WIDTH - 12));
  canvas.put(5 + Math.min(deed.called.length, TEXT_WIDTH - 12), 20, `${Math.round(deed.ms)} ms`, INK.dim);
  const [first = "", ...others] = [...deed.commands].sort((a, b) => weight(b) - weight(a));
  const more = others.length === 0 ? "" : `  + ${others.length} more`;
  canvas.put(4, 21, cut(first, TEXT_WIDTH - 2 - more.length) + more, INK.dim);
}

/** The command that moves the choice says most. */
function weight(command: string): number {
  return (command.includes("table 87000") ? 2 : 0) + (command.startsWith("ip route") ? 1 : 0);
}

function foot(canvas: Canvas, { paused, played, broken, longestPause }: View): void {
  canvas.put(2, 23, "q", INK.bold);
  canvas.put(4, 23, "quit", INK.dim);
  canvas.put(11, 23, "space", INK.bold);
  canvas.put(17, 23, paused ? "go on" : "pause", paused ? INK.boldYellow : INK.dim);
  const missed = broken === 0 ? "all as promised" : `${broken} not as promised`;
  const scenes = played === 1 ? "1 scene" : `${played} scenes`;
  const sum = played === 0 ? "" : `${scenes}, ${missed}; longest pause ${Math.round(longestPause)} ms`;
  canvas.put(WIDTH - 2 - sum.length, 23, sum, broken > 0 ? INK.boldRed : INK.dim);
}
