/** The explanation as a whole: the answer, the chain of reasons, and what the kernel says to it. */

import type { Check } from "./check.ts";
import { hintFor } from "./check.ts";
import type { End } from "./ends.ts";
import type { Journey } from "./journey.ts";
import { notesOf } from "./notes.ts";
import type { Packet } from "./packet.ts";
import { reasonsOf, type Words } from "./reasons.ts";
import { roleOf } from "./rule-name.ts";
import { summaryOf } from "./summary.ts";
import { foundBy } from "./walk.ts";

/** One device that the packet may leave by; the stable form of `--json`. */
export interface WayOut {
  readonly uplink: string | null;
  readonly interface: string;
  readonly gateway: string | null;
  /** The address that it leaves with. */
  readonly source: string | null;
  readonly translation: "masquerade" | "snat" | "none";
  readonly table: number;
  /** Priority of the rule that decided. */
  readonly priority: number;
  /** Name of the `[[rule]]` that decided. */
  readonly rule: string | null;
  /** `part` of `of` connections; null: all of them. */
  readonly part: number | null;
  readonly of: number | null;
}

export interface Explanation {
  readonly destination: string;
  readonly result: "leaves" | "local" | "unreachable";
  /** The answer in one line. */
  readonly summary: string;
  readonly ways: readonly WayOut[];
  readonly reasons: readonly string[];
  readonly notes: readonly string[];
  readonly kernel: readonly (Check & { readonly hint: string | null })[];
  readonly agrees: boolean;
}

/** Puts everything together. */
export function explanationOf(
  words: Words,
  packet: Packet,
  journey: Journey,
  ends: readonly End[],
  checks: readonly Check[],
): Explanation {
  const stays = journey.ways.some((way) => foundBy(way.steps)?.route.kind === "local");
  const ways = ends.map((end) => wayOut(words, end));
  const kernel = checks.map((check) => ({ ...check, hint: hintFor(check, packet) }));
  return {
    destination: packet.to,
    result: ways.length > 0 ? "leaves" : stays ? "local" : "unreachable",
    summary: `${packet.to} ${summaryOf(words, journey, ends, stays)}`,
    ways,
    reasons: allReasons(words, journey, ends),
    notes: notesOf(words, journey, ends),
    kernel,
    agrees: kernel.every((check) => check.agrees),
  };
}

function wayOut({ config, uplinks }: Words, end: End): WayOut {
  const { rule, outcome } = end.step;
  const role = roleOf(rule, config, uplinks);
  return {
    uplink: end.uplink?.uplink.name ?? null,
    interface: end.device,
    gateway: end.gateway,
    source: end.translation?.source ?? end.source,
    translation: end.translation?.kind ?? "none",
    table: outcome.kind === "routed" ? outcome.found.route.table : 0,
    priority: rule.priority,
    rule: role.kind === "rule" ? role.rule.name : null,
    part: end.share?.part ?? null,
    of: end.share?.of ?? null,
  };
}

function allReasons(words: Words, journey: Journey, ends: readonly End[]): string[] {
  const { before, marked, ways } = journey;
  const unmarked = marked.kind === "nothing" ? [...before, ...ways] : before;
  const [first, second] = unmarked.map((look) => reasonsOf(words, look.packet, look.steps));
  const again = unmarked[1]?.packet.from ?? null;
  const confirmed = second?.at(-1) === first?.at(-1) ? "the same" : second?.at(-1);
  return [
    ...(first ?? []),
    ...(again === null
      ? []
      : [`the socket takes the address ${again} and looks again with it: ${confirmed}`]),
    ...markedReasons(words, journey),
    ...translations(ends),
  ];
}

function markedReasons(words: Words, { marked, ways }: Journey): string[] {
  if (marked.kind === "nothing") return [];
  const told = ways.map((way) => reasonsOf(words, way.packet, way.steps));
  const how =
    marked.kind === "group"
      ? `the packet filter marks it for the group of rule "${marked.rule}", and it is routed again`
      : `the packet filter shares new connections by weight: ${marked.shares.map(({ uplink, part, of }) => `${uplink} ${part} of ${of}`).join(", ")}`;
  const lasts = told.map((reasons) => reasons.at(-1) ?? "");
  const same = lasts.every((reason) => reason === lasts[0]);
  const each = ways.map((way, place) =>
    way.share === null ? `${lasts[place]}` : `marked for ${way.share.uplink}: ${lasts[place]}`,
  );
  const which = same ? [`${ways.length > 1 ? "whatever its mark: " : ""}${lasts[0]}`] : each;
  return [how, ...(told[0]?.slice(0, -1) ?? []), ...which];
}

function translations(ends: readonly End[]): string[] {
  return ends.flatMap(({ uplink, translation, source }) => {
    if (translation === null || uplink === null) return [];
    const { kind, why: because, source: to } = translation;
    return kind === "none"
      ? [`no address translation: ${because}`]
      : [`address translation (${kind}) from ${source} to ${to}: ${because}`];
  });
}
