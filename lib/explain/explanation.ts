/** The explanation as a whole: the answer, the chain of reasons, and what the kernel says to it. */

import type { Check } from "./check.ts";
import { hintFor } from "./check.ts";
import type { End } from "./ends.ts";
import type { Journey } from "./journey.ts";
import { notesOf } from "./notes.ts";
import type { Packet } from "./packet.ts";
import { reasonsOf, type Words } from "./reasons.ts";
import { type Role, roleOf } from "./rule-name.ts";
import { decision, foundBy } from "./walk.ts";

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

function summaryOf(words: Words, journey: Journey, ends: readonly End[], stays: boolean): string {
  const [first] = ends;
  if (first === undefined) {
    return stays ? "is this machine itself: nothing leaves" : `is unreachable: ${whyRefused(words, journey)}`;
  }
  if (ends.length === 1 && first.share === null)
    return `leaves by ${endWords(first)}: ${why(words, journey, first)}`;
  const list = ends.map(
    (end) => `${endWords(end)}${end.share === null ? "" : ` ${end.share.part} of ${end.share.of}`}`,
  );
  const how =
    first.share === null ? "the kernel shares by its own choice" : "new connections are shared by weight";
  const lost = journey.ways.length - new Set(ends.map((end) => end.share)).size;
  const rest = first.share !== null && lost > 0 ? "; the rest is refused" : "";
  return `leaves by ${list.join(", ")}: ${how}${rest}`;
}

function endWords(end: End): string {
  const source = end.translation?.source ?? end.source;
  const name =
    end.uplink === null ? `${end.device}, which is no uplink,` : `${end.uplink.uplink.name} (${end.device})`;
  return source === null ? name.replace(/,$/, "") : `${name} from ${source}`;
}

/** The reason for the one way: that of the first look, if the later ones only confirmed it. */
function why({ config, uplinks }: Words, journey: Journey, end: End): string {
  const first = [...journey.before, ...journey.ways].find(
    (look) => foundBy(look.steps)?.nextHops.some((hop) => hop.device === end.device) === true,
  );
  const step =
    (journey.marked.kind === "nothing" && first !== undefined ? decision(first.steps) : null) ?? end.step;
  return inBrief(roleOf(step.rule, config, uplinks), step.rule.priority);
}

function inBrief(role: Role, priority: number): string {
  switch (role.kind) {
    case "rule":
      return `rule "${role.rule.name}"`;
    case "main":
      return "main's specific route wins";
    case "choice":
      return "the choice in force";
    case "source":
      return `source address ${role.address} belongs to ${role.uplink}`;
    case "shared LAN":
      return "it is in a LAN that several uplinks stand in";
    case "share":
    case "mark":
      return `the packet bears the mark of ${role.uplink}`;
    case "local":
    case "foreign":
      return `rule ${priority}, which is not Waymark's, decides`;
  }
}

function whyRefused({ config, uplinks }: Words, journey: Journey): string {
  const way = journey.ways[0];
  const step = way === undefined ? null : decision(way.steps);
  if (step === null) return "no rule has a route to it";
  const role = roleOf(step.rule, config, uplinks);
  return role.kind === "rule"
    ? `rule "${role.rule.name}" allows no other way`
    : inBrief(role, step.rule.priority);
}

function allReasons(words: Words, journey: Journey, ends: readonly End[]): string[] {
  const [first, ...later] = journey.before;
  const told = first === undefined ? [] : reasonsOf(words, first.packet, first.steps);
  const second = [...later, ...(journey.marked.kind === "nothing" ? journey.ways.slice(0, 1) : [])].flatMap(
    (look) =>
      first === undefined
        ? reasonsOf(words, look.packet, look.steps)
        : [
            `the socket takes the address ${look.packet.from} and looks again: ${reasonsOf(words, look.packet, look.steps).at(-1)}`,
          ],
  );
  return [...told, ...second, ...markedReasons(words, journey), ...translations(ends)];
}

function markedReasons(words: Words, { marked, ways }: Journey): string[] {
  if (marked.kind === "nothing") return [];
  const [first] = ways;
  const how =
    marked.kind === "group"
      ? `the packet filter marks it for the group of rule "${marked.rule}"`
      : `the packet filter shares new connections by weight: ${marked.shares.map(({ uplink, part, of }) => `${uplink} ${part} of ${of}`).join(", ")}`;
  const each = ways.map((way) => {
    const reason = reasonsOf(words, way.packet, way.steps).at(-1);
    return way.share === null ? `${reason}` : `marked for ${way.share.uplink}: ${reason}`;
  });
  const main = first === undefined ? [] : reasonsOf(words, first.packet, first.steps).slice(0, -1);
  return [how, ...main, ...each];
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
