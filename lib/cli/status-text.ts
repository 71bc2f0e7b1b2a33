/** `waymark status` for people. */

import type { Status, UplinkStatus } from "./status.ts";

const COLOUR = { up: 32, down: 31, disabled: 90, checking: 33, absent: 90 } as const;

/** A table of the uplinks, the choice, and what went wrong. @param colour escape sequences for a terminal */
export function formatStatus(status: Status, colour: boolean): string {
  const head = ["", "uplink", "state", "interface", "address", "gateway", "tier", "share", "since"];
  const rows = status.uplinks.map(rowOf);
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  const paint = (code: number, text: string) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  const table = rows.map((row, place) => {
    const { state, reason } = status.uplinks[place] as UplinkStatus;
    const why = reason === "" ? [] : [paint(90, `   ${reason}`)];
    return [paint(COLOUR[state], line(row)), ...why].join("\n");
  });
  const works =
    status.choice.length === 0 ? "no uplink works" : `new connections: ${status.choice.join(" and ")}`;
  const choice = status.applied ? works : "Waymark is stopped (sudo waymark apply starts it)";
  const problems = [
    ...(status.config.error === null
      ? []
      : [paint(31, "the configuration is wrong; the last good one is in force:"), status.config.error]),
    ...status.errors.map(({ at, message }) => paint(31, `${at}  ${message}`)),
  ];
  return `${[paint(1, line(head)), ...table, "", choice, ...problems].join("\n")}\n`;
}

function rowOf(uplink: UplinkStatus): string[] {
  return [
    uplink.chosen ? "*" : " ",
    uplink.name,
    uplink.state,
    uplink.interface ?? "-",
    uplink.address ?? "-",
    uplink.gateway ?? (uplink.address === null ? "-" : "point-to-point"),
    String(uplink.tier),
    uplink.chosen ? `${Math.round(uplink.share * 100)} %` : "-",
    uplink.since === null ? "-" : uplink.since.slice(0, 19).replace("T", " "),
  ];
}
