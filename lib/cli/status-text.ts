/** `waymark status` for people. Pure. */

import { escapeLine } from "../log.ts";
import { clockText, type Zone } from "../terminal/clock.ts";
import { type Column, layOut } from "../terminal/table.ts";
import type { RedialStatus } from "./status-redial.ts";
import type { Status, UplinkStatus } from "./status-report.ts";

/** SGR parameters (console_codes(4)). */
const COLOUR = { up: 32, down: 31, disabled: 90, checking: 33, absent: 90 } as const;
const [BOLD, RED, YELLOW, GREY] = [1, 31, 33, 90] as const;

export interface TextOptions {
  /** Escape sequences for a terminal. */
  readonly colour: boolean;
  readonly zone: Zone;
}

/** A table of the uplinks, the choice, and what went wrong. */
export function formatStatus(status: Status, { colour, zone }: TextOptions): string {
  const paint = (code: number, text: string) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  const [head = "", ...lines] = layOut(columnsOf(status, zone), status.uplinks);
  const table = status.uplinks.flatMap((uplink, place) => [
    paint(colourOf(uplink), lines[place] ?? ""),
    ...reasonsOf(uplink, zone).map((reason) => paint(GREY, `   ${reason}`)),
  ]);
  const wrong = configText(status);
  const problems = [
    ...(wrong.length === 0 ? [] : [paint(RED, WRONG_CONFIG), ...wrong]),
    ...errorTexts(status, zone).map((text) => paint(RED, text)),
  ];
  const watch = status.watch.running ? [] : [paint(GREY, NOT_WATCHED)];
  return `${[paint(BOLD, head), ...table, "", choiceText(status), ...watch, ...problems].join("\n")}\n`;
}

export const NOT_WATCHED = "waymark watch does not run: nobody checks the lines";
export const WRONG_CONFIG = "the configuration is wrong; the last good one is in force:";

/** What is wrong with the configuration, one problem a line. */
export function configText({ config }: Status): string[] {
  return config.error === null ? [] : config.error.split("\n").map(escapeLine);
}

/** The last errors, oldest first. */
export function errorTexts({ errors }: Status, zone: Zone): string[] {
  return errors.map(({ at, message }) => `${clockText(Date.parse(at), zone)}  ${escapeLine(message)}`);
}

/** One line: who gets new connections. */
export function choiceText({ applied, choice }: Pick<Status, "applied" | "choice">): string {
  if (!applied) return "Waymark is stopped (sudo waymark apply starts it)";
  return choice.length === 0 ? "no uplink works" : `new connections: ${choice.join(" and ")}`;
}

export function colourOf({ state, health }: UplinkStatus): number {
  return state === "up" && health !== null && health !== "up" ? YELLOW : COLOUR[state];
}

/** Why it is not as one would wish: the uplink, or one of its address families. */
export function reasonsOf({ state, reason, checks, redial }: UplinkStatus, zone: Zone): string[] {
  // What is down for another reason is not checked to any purpose.
  const told = checks.filter(
    (check) => state === "up" && check.health !== "up" && (check.reason === "" || check.reason !== reason),
  );
  const words = told.map((check) => {
    const which = checks.length > 1 ? `IPv${check.family} ` : "";
    return `${which}${check.health}${check.reason === "" ? "" : `: ${check.reason}`}`;
  });
  // The uplink's own reason may be that one of its families is down.
  const dialled = redial === null ? "" : redialText(redial, zone);
  return [...new Set([reason, ...words, dialled])].filter((text) => text !== "").map(escapeLine);
}

/** What is done about a line that is not there. */
function redialText({ running, dials, next, said }: RedialStatus, zone: Zone): string {
  const words = said === "" ? "" : `; it said last: ${said}`;
  if (running) return `being dialled${dials > 1 ? `, number ${dials}` : ""}${words}`;
  const tried = dials === 0 ? "" : dials === 1 ? "dialled once" : `dialled ${dials} times`;
  const due =
    next === null ? "" : `${tried === "" ? "" : ", "}next dial ${clockText(Date.parse(next), zone)}`;
  return `${tried}${due}${words}`;
}

/** Loss and latency have columns only where something is checked. */
export function columnsOf(status: Status, zone: Zone): Column<UplinkStatus>[] {
  const checked = status.uplinks.some(({ checks }) => checks.length > 0);
  return [
    { title: "", cell: ({ chosen }) => (chosen ? "*" : " ") },
    { title: "uplink", cell: ({ name }) => name },
    { title: "state", cell: ({ state }) => state },
    { title: "interface", cell: (uplink) => uplink.interface ?? "-" },
    { title: "address", cell: ({ address }) => address ?? "-" },
    {
      title: "gateway",
      cell: ({ gateway, address }) => gateway ?? (address === null ? "-" : "point-to-point"),
    },
    { title: "tier", cell: ({ tier }) => String(tier) },
    { title: "share", cell: ({ chosen, share }) => (chosen ? percent(share) : "-") },
    ...(checked
      ? [
          { title: "loss", cell: ({ loss }: UplinkStatus) => lossText(loss), right: true },
          { title: "latency", cell: ({ latency }: UplinkStatus) => latencyText(latency), right: true },
        ]
      : []),
    { title: "since", cell: ({ since }) => (since === null ? "-" : clockText(Date.parse(since), zone)) },
  ];
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** A single lost probe is not "0 %". */
export function lossText(loss: number | null): string {
  if (loss === null) return "-";
  return loss > 0 && loss < 0.01 ? "<1 %" : percent(loss);
}

/** Three digits tell enough. @param latency milliseconds */
export function latencyText(latency: number | null): string {
  if (latency === null) return "-";
  return `${latency < 10 ? latency.toFixed(1) : Math.round(latency)} ms`;
}
