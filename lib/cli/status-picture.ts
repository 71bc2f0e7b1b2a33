/** `waymark status --watch` on a terminal: the picture. Pure. */

import type { Family } from "../net/prefix.ts";
import { Canvas, cut, INK, type Ink } from "../terminal/canvas.ts";
import { clockText, type Zone } from "../terminal/clock.ts";
import { type Bar, type BarSet, sparkline } from "../terminal/sparkline.ts";
import { type Column, layOut } from "../terminal/table.ts";
import type { Status, UplinkStatus } from "./status-report.ts";
import {
  choiceText,
  colourOf,
  columnsOf,
  configText,
  errorTexts,
  latencyText,
  lossText,
  NOT_WATCHED,
  reasonsOf,
  WRONG_CONFIG,
} from "./status-text.ts";

/** The newest round trips of an uplink in each address family. */
export type Trips = Readonly<Partial<Record<Family, readonly (number | null)[]>>>;

export interface View {
  readonly status: Status;
  /** By uplink name. */
  readonly trips: Readonly<Record<string, Trips>>;
  /** Why the status is not as of now; empty: it is. */
  readonly trouble: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly zone: Zone;
  readonly bars: BarSet;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Text from a column on. */
interface Span {
  readonly x: number;
  readonly text: string;
  readonly ink: Ink;
}

type Row = readonly Span[];

const INKS: Readonly<Record<number, Ink>> = { 31: INK.red, 32: INK.green, 33: INK.yellow, 90: INK.dim };
/** Columns that a narrow window can do without, the dearest last. */
const SPARE = ["gateway", "since", "interface", "address", "tier", "share"];
const FEWEST_BARS = 10;
const MOST_BARS = 60;
/** The newest errors. */
const MOST_ERRORS = 5;

/** As many lines as the window has. */
export function drawStatus(view: View, size: Size): string[] {
  const canvas = new Canvas(size.width, size.height);
  const clock = clockText(view.now, view.zone);
  put(canvas, 0, [
    { x: 0, text: "Waymark", ink: INK.bold },
    { x: 9, text: cut(choiceText(view.status), Math.max(1, size.width - 11 - clock.length)), ink: INK.plain },
    { x: size.width - clock.length, text: clock, ink: INK.dim },
  ]);
  const body = bodyOf(view, size.width);
  const room = Math.max(0, size.height - 4);
  const shown = body.length > room ? body.slice(0, Math.max(0, room - 1)) : body;
  for (const [place, row] of shown.entries()) put(canvas, 2 + place, row);
  if (shown.length < body.length) {
    const more = `… ${body.length - shown.length} more lines do not fit`;
    put(canvas, 2 + shown.length, [{ x: 0, text: more, ink: INK.yellow }]);
  }
  put(canvas, size.height - 1, [
    { x: 0, text: "q", ink: INK.bold },
    { x: 2, text: "quit", ink: INK.dim },
  ]);
  return canvas.lines();
}

function put(canvas: Canvas, y: number, row: Row): void {
  for (const { x, text, ink } of row) canvas.put(x, y, text, ink);
}

function bodyOf(view: View, width: number): Row[] {
  const { status, zone } = view;
  const checked = status.uplinks.some(({ checks }) => checks.length > 0);
  const lines = fit(columnsOf(status, zone), status.uplinks, width - (checked ? FEWEST_BARS + 2 : 0));
  const at = Math.max(...lines.map((line) => line.length)) + 2;
  const [head = "", ...rows] = lines;
  const title = checked && at < width ? [{ x: at, text: "round trips", ink: INK.bold }] : [];
  const room = checked ? Math.min(MOST_BARS, width - at) : 0;
  const note = (text: string, ink: Ink): Row => [{ x: 0, text: cut(text, width), ink }];
  const wrong = configText(status);
  return [
    [{ x: 0, text: head, ink: INK.bold }, ...title],
    ...status.uplinks.flatMap((uplink, place) =>
      uplinkRows(view, uplink, rows[place] ?? "", { at, room, width }),
    ),
    [],
    ...(view.trouble === "" ? [] : [note(view.trouble, INK.boldRed)]),
    ...(status.watch.running ? [] : [note(NOT_WATCHED, INK.dim)]),
    ...(wrong.length === 0 ? [] : [WRONG_CONFIG, ...wrong].map((text) => note(text, INK.red))),
    ...errorTexts(status, zone)
      .slice(-MOST_ERRORS)
      .map((text) => note(text, INK.red)),
  ];
}

/** The table without the columns that there is no room for. */
function fit(
  columns: readonly Column<UplinkStatus>[],
  rows: readonly UplinkStatus[],
  width: number,
): string[] {
  const spare = [...SPARE];
  for (let left = columns; ; ) {
    const lines = layOut(left, rows);
    const drop = spare.shift();
    if (drop === undefined || Math.max(...lines.map((line) => line.length)) <= width) return lines;
    left = left.filter(({ title }) => title !== drop);
  }
}

interface Place {
  /** Column of the first bar. */
  readonly at: number;
  /** Most bars. */
  readonly room: number;
  readonly width: number;
}

function uplinkRows(view: View, uplink: UplinkStatus, line: string, { at, room, width }: Place): Row[] {
  const trips = view.trips[uplink.name] ?? {};
  const bars = (family: Family | undefined) =>
    spans(sparkline(family === undefined ? [] : (trips[family] ?? []), room, view.bars), at);
  const [first, ...others] = uplink.checks;
  const ink = INKS[colourOf(uplink)] ?? INK.plain;
  const ownInk = uplink.chosen && ink === INK.green ? INK.boldGreen : ink;
  return [
    [{ x: 0, text: line, ink: ownInk }, ...bars(first?.family)],
    ...others.map(({ family, loss, latency }) => [
      { x: 3, text: `IPv${family}: loss ${lossText(loss)}, ${latencyText(latency)}`, ink: INK.dim },
      ...bars(family),
    ]),
    ...reasonsOf(uplink, view.zone).map((reason) => [
      { x: 3, text: cut(reason, Math.max(1, width - 3)), ink: INK.dim },
    ]),
  ];
}

function spans(bars: readonly Bar[], at: number): Row {
  return bars.map(({ char, lost }, place) => ({
    x: at + place,
    text: char,
    ink: lost ? INK.boldRed : INK.cyan,
  }));
}
