/**
 * `[[rule]]`s with a group: the routing rules know users only, so the packet filter marks the group's packets, and the
 * routing rule of that place looks for the mark.
 */

import type { Config, PortRange, Rule } from "../config/types.ts";
import { type Family, formatPrefix, type Prefix } from "../net/prefix.ts";
import { REALM } from "./layout.ts";
import type { Marking } from "./marking.ts";

const TCP = 6;
const UDP = 17;

/**
 * The lines for the chain `output`, in the order of the file.
 * @param setMark writes the statement that sets a mark
 */
export function groupRules(config: Config, marking: Marking, setMark: (mark: number) => string): string[] {
  return config.rules.flatMap((rule, place) => {
    const mark = marking.ruleMarks.get(rule.name);
    if (rule.group === null || mark === undefined) return [];
    // What a rule before this one routed is decided; the kernel asks again after a mark, but no longer by user.
    const decided = place === 0 ? [] : [`rt classid ${REALM.rules}-${REALM.rules + place - 1} return`];
    const gid = `meta skgid ${rule.group.id}`;
    return [...decided, ...matches(rule).map((match) => `${gid} ${match}${setMark(mark)} return`)];
  });
}

/** The rule's other selectors as nft matches, each with a space behind it; what a file lists is left to the routes. */
function matches(rule: Rule): string[] {
  const families = familiesOf(rule);
  return families.flatMap((family) => {
    const source = prefixMatch("saddr", rule.source, family);
    const destination = prefixMatch("daddr", rule.destination, family);
    const user = rule.user === null ? "" : `meta skuid ${rule.user.id} `;
    const ports = `${portMatch("sport", rule.sourcePort)}${portMatch("dport", rule.destinationPort)}`;
    return [`${user}${source}${destination}${protocolMatch(rule)}${ports}`];
  });
}

/** One match serves both families unless addresses are named. */
function familiesOf(rule: Rule): (Family | null)[] {
  const named = [rule.source, rule.destination].filter((prefixes) => prefixes.length > 0);
  if (named.length === 0) return [null];
  return ([4, 6] as const).filter((family) =>
    named.every((prefixes) => prefixes.some((prefix) => prefix.family === family)),
  );
}

function prefixMatch(field: "saddr" | "daddr", prefixes: readonly Prefix[], family: Family | null): string {
  const texts = prefixes.filter((prefix) => prefix.family === family).map(formatPrefix);
  return texts.length === 0 ? "" : `${family === 6 ? "ip6" : "ip"} ${field} { ${texts.join(", ")} } `;
}

function protocolMatch(rule: Rule): string {
  if (rule.protocol !== null) return `meta l4proto ${rule.protocol} `;
  return rule.sourcePort.length + rule.destinationPort.length > 0 ? `meta l4proto { ${TCP}, ${UDP} } ` : "";
}

function portMatch(field: "sport" | "dport", ports: readonly PortRange[]): string {
  const texts = ports.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`));
  return texts.length === 0 ? "" : `th ${field} { ${texts.join(", ")} } `;
}
