/** The answer in one line. */

import type { End } from "./ends.ts";
import type { Journey } from "./journey.ts";
import type { Words } from "./reasons.ts";
import { type Role, roleOf } from "./rule-name.ts";
import { decision, foundBy } from "./walk.ts";

/**
 * What becomes of the packet, as the end of a sentence that begins with its destination.
 * @param stays it is for this machine itself
 */
export function summaryOf(words: Words, journey: Journey, ends: readonly End[], stays: boolean): string {
  const [first] = ends;
  if (first === undefined) {
    return stays ? "is this machine itself: nothing leaves" : `is unreachable: ${whyRefused(words, journey)}`;
  }
  if (ends.length === 1 && first.share === null)
    return `leaves by ${endWords(first)}: ${why(words, journey, first)}`;
  const list = ends.map(endWords);
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
  const share = end.share === null ? "" : ` ${end.share.part} of ${end.share.of}`;
  return source === null ? `${name.replace(/,$/, "")}${share}` : `${name}${share} from ${source}`;
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
    case "name servers":
      return "it is a name server of that uplink";
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
