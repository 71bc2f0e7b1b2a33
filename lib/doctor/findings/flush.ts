/** What empties the packet filter, Waymark's table included. */

import type { Facts } from "../facts.ts";
import { edit, type Finding, note, run } from "../finding.ts";
import { linesOf, quote } from "../lines.ts";
import { isEnabled, isWatching } from "../units.ts";

const CONF = "/etc/nftables.conf";

export function flush(facts: Facts): Finding[] {
  const line = linesOf(CONF, facts.files[CONF] ?? "").find(({ text }) => /^flush\s+ruleset\s*;?$/.test(text));
  if (line === undefined || !isEnabled(facts, "nftables.service")) return [];
  const follows = Object.keys(facts.entries).some((path) =>
    /\/nftables\.service\.wants\/waymark\.service$/.test(path),
  );
  const repaired = isWatching(facts);
  const found = [quote(line), "nftables.service is enabled"];
  if (follows) {
    return [
      {
        id: "ruleset-flushed",
        severity: "note",
        title: "a reload of nftables.service empties the packet filter; Waymark puts its table back",
        found: [...found, "waymark.service is reloaded with it"],
        why: repaired
          ? "waymark watch sees it, too, when the file is loaded by hand."
          : `Only "nft -f ${CONF}" by hand is seen by nobody: the next link event, or waymark apply, brings the table back. Until then nothing is translated or pinned.`,
        remedy: [],
      },
    ];
  }
  return [
    {
      id: "ruleset-flushed",
      severity: repaired ? "note" : "warning",
      title: "a reload of nftables.service empties the packet filter, Waymark's table too",
      found: [...found, "waymark.service is not enabled, and so is not reloaded with it"],
      why: repaired
        ? "waymark watch puts the table back."
        : "Until the next link event nothing is translated or pinned: LAN clients have no internet.",
      remedy: [
        run("systemctl enable --now waymark.service"),
        note(`or have ${CONF} replace only its own table:`),
        edit(CONF, line.text, "table inet filter\ndelete table inet filter"),
      ],
    },
  ];
}
