/** What there is of an uplink's line, as far as dialling goes. */

import type { UplinkState } from "../plan/uplink-state.ts";
import type { Line } from "./schedule.ts";

/**
 * A point-to-point session that stands is alive even when nothing answers behind it: a second dial would make a second
 * session beside it, and it is for pppd to end it (lcp-echo-interval). A network card that is there and silent may be
 * helped by a dial, but not before it has been silent for a while.
 */
export function lineOf(uplink: Pick<UplinkState, "state" | "link" | "path4" | "path6">): Line {
  const { state, link } = uplink;
  if (state === "up" || state === "checking") return "alive";
  if (link === null) return "dead";
  const hasPath = uplink.path4 !== null || uplink.path6 !== null;
  if (link.pointToPoint) return hasPath && link.up ? "alive" : "coming";
  if (!link.up || !link.carrier) return "dead";
  return hasPath && state === "disabled" ? "alive" : "coming";
}

/**
 * The names under which a pppd may be dialling the uplink: its `peer`, and what the dial command names.
 * @param argv the dial command: `pon NAME`, `pppd … call NAME`, `systemctl start ppp@NAME.service`; wvdial's pppd says
 * `call wvdial`
 */
export function dialledNames(peer: string | null, argv: readonly string[]): string[] {
  const program = (argv[0] ?? "").replace(/^.*\//, "");
  const words = argv.slice(1);
  const named = words.flatMap((word, place) => {
    if (program === "pon") return word.startsWith("-") ? [] : [word];
    if (["call", "linkname", "ipparam"].includes(word)) return words[place + 1] ?? [];
    return /^ppp@(.+?)(?:\.service)?$/.exec(word)?.[1] ?? [];
  });
  return [
    ...new Set([...(peer === null ? [] : [peer]), ...named, ...(program === "wvdial" ? ["wvdial"] : [])]),
  ];
}
