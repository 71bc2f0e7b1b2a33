/** The routing policy rules: which table a packet's route is looked up in, in which order. */

import type { PortRange, Rule } from "../config/types.ts";
import { ANY, type PolicyRule, type RuleAction, type RuleSelector } from "../kernel/rule.ts";
import { type Family, formatPrefix } from "../net/prefix.ts";
import { groupPriority, markPriority, PRIORITY, sourceGroup, TABLE } from "./layout.ts";
import { markOf } from "./marks.ts";
import type { RuleSource } from "./rule-source.ts";
import type { SourceTable } from "./sources.ts";

const ALL_BITS = 0xffffffff;
/** Up to here the mark rules are a plain list; beyond, packets skip to a sixteenth of it. */
const PLAIN_LIST = 16;

/** All rules that should exist. */
export function planRules({
  mask,
  numbers,
  rules,
  balancing,
  sharedLan,
  families,
}: RuleSource): PolicyRule[] {
  return families.flatMap(({ family, sources, served }) => {
    const add = (priority: number, selector: Partial<RuleSelector>, action: RuleAction): PolicyRule => ({
      family,
      priority,
      selector: { ...ANY, ...selector },
      action,
    });
    const unmarked = { mark: { value: 0, mask } };
    const shared = family === 4 && sharedLan;
    const servers = (priority: number, selector: Partial<RuleSelector>) =>
      served ? [add(priority, selector, lookup(TABLE.nameServers))] : [];
    return [
      ...(shared ? [add(PRIORITY.sharedLan, {}, lookup(TABLE.sharedLan))] : []),
      add(PRIORITY.mainSpecific, {}, { kind: "lookup", table: 254, suppressDefault: true }),

      // Pinned connections. Forwarded packets bear our mark beside others' bits; a local socket's mark is either
      // ours alone or somebody else's, which may overlap our mask and must not be taken for ours.
      add(PRIORITY.unmarked, unmarked, skipTo(PRIORITY.afterMarks)),
      add(PRIORITY.forwarded, { inputInterface: "lo", not: true }, skipTo(PRIORITY.tree)),
      add(PRIORITY.cleanLocal, { mark: { value: 0, mask: (ALL_BITS & ~mask) >>> 0 } }, skipTo(PRIORITY.tree)),
      add(PRIORITY.foreignLocal, {}, skipTo(PRIORITY.afterMarks)),
      add(PRIORITY.tree, {}, LABEL),
      ...markTree(numbers, mask).flatMap(({ upper, value, bits }) => [
        add(PRIORITY.tree + 1 + upper, { mark: { value, mask: bits } }, skipTo(groupPriority(upper))),
        add(groupPriority(upper), {}, LABEL),
      ]),
      ...numbers.map((number) =>
        add(markPriority(number), { mark: { value: markOf(number, mask), mask } }, ownTable(number)),
      ),
      add(PRIORITY.afterMarks, {}, LABEL),

      ...rules.flatMap(({ rule, mark }, place) => {
        const table = lookup(TABLE.rules + place);
        const selectors = selectorsOf(rule, family, mark, mask);
        return selectors.map((selector) => add(PRIORITY.rules + place, selector, table));
      }),

      ...servers(PRIORITY.forwardedServers, { inputInterface: "lo", not: true }),

      ...(family === 4 && balancing.length > 0
        ? [
            add(PRIORITY.balanceUnmarked, unmarked, skipTo(PRIORITY.notLocal)),
            ...balancing.map(([number, mark]) =>
              add(PRIORITY.balance + number, { mark: { value: mark, mask } }, ownTable(number)),
            ),
          ]
        : []),

      // Traffic of this machine that already has an uplink's address leaves by that uplink.
      add(PRIORITY.notLocal, { inputInterface: "lo", not: true }, skipTo(PRIORITY.choice)),
      ...sourceRules(sources, family).map(({ priority, selector, action }) =>
        add(priority, selector, action),
      ),
      ...servers(PRIORITY.nameServers, {}),
      add(PRIORITY.choice, {}, lookup(TABLE.choice)),
    ];
  });
}

const lookup = (table: number): RuleAction => ({ kind: "lookup", table, suppressDefault: false });
const ownTable = (number: number) => lookup(TABLE.uplink + number);
const skipTo = (target: number): RuleAction => ({ kind: "goto", target });
const LABEL: RuleAction = { kind: "nop" };

interface Piece {
  readonly priority: number;
  readonly selector: Partial<RuleSelector>;
  readonly action: RuleAction;
}

/**
 * One for each address of an uplink's. Where there are many, what has no source address yet passes one goto instead of
 * all of them, and what has another one sixteen at most, or those that begin alike. An address stands where its own bits
 * say: no other's rule moves when it comes or goes.
 */
function sourceRules(sources: readonly SourceTable[], family: Family): Piece[] {
  const uppers = sources.map(({ address }) => upperBits(address, family));
  const rules = sources.map(({ address, table }, place): Piece => {
    const { rules: priority } = sourceGroup(uppers[place] as number);
    return { priority, selector: { from: address }, action: lookup(table) };
  });
  if (sources.length <= PLAIN_LIST) return rules;
  const groups = [...new Set(uppers)].flatMap((upper): Piece[] => {
    const { label, end } = sourceGroup(upper);
    const from = upperPrefix(upper, family);
    return [
      { priority: PRIORITY.sources + upper, selector: { from }, action: skipTo(label) },
      { priority: label, selector: {}, action: LABEL },
      { priority: end, selector: {}, action: skipTo(PRIORITY.afterSources) },
    ];
  });
  // IPv6 asks no rule with a source for a packet that has none (fib6_rule_match).
  const noSource: Piece = {
    priority: PRIORITY.noSource,
    selector: { from: "0.0.0.0" },
    action: skipTo(PRIORITY.afterSources),
  };
  return [
    ...rules,
    ...groups,
    ...(family === 4 ? [noSource] : []),
    { priority: PRIORITY.skipSources, selector: {}, action: skipTo(PRIORITY.afterSources) },
    { priority: PRIORITY.afterSources, selector: {}, action: LABEL },
  ];
}

/** The first four bits of an address. */
function upperBits(address: string, family: Family): number {
  return family === 4
    ? Number.parseInt(address, 10) >> 4
    : Number.parseInt(address.split(":", 1)[0] || "0", 16) >> 12;
}

function upperPrefix(upper: number, family: Family): string {
  if (family === 4) return `${upper * 16}.0.0.0/4`;
  return upper === 0 ? "::/4" : `${upper.toString(16)}000::/4`;
}

interface TreeEntry {
  /** 0 to 15. */
  readonly upper: number;
  readonly value: number;
  readonly bits: number;
}

/**
 * Gotos by the upper half of an eight-bit number, so that a packet passes 32 rules at most instead of 255. Each leads to
 * a label that stays where it is: the kernel takes two rules that differ in nothing but a goto's target for one.
 */
function markTree(numbers: readonly number[], mask: number): TreeEntry[] {
  if (numbers.length <= PLAIN_LIST) return [];
  const bit = (mask & -mask) >>> 0;
  const bits = (mask & ~(bit * 15)) >>> 0;
  const uppers = new Set(numbers.map((number) => number >> 4));
  return [...uppers].map((upper) => ({ upper, value: (upper * 16 * bit) >>> 0, bits }));
}

/** The kernel's selectors for a `[[rule]]`: one for each combination of the values in its lists. */
function selectorsOf(rule: Rule, family: Family, mark: number | null, mask: number): Partial<RuleSelector>[] {
  const ofFamily = (prefixes: Rule["source"]) =>
    prefixes.length === 0 ? [null] : prefixes.filter((prefix) => prefix.family === family).map(formatPrefix);
  const base: Partial<RuleSelector> = {
    ...(rule.user === null ? {} : userSelector(rule.user.id, mask)),
    ...(rule.interface === null ? {} : { inputInterface: rule.interface }),
    ...(mark === null ? {} : { mark: { value: mark, mask } }),
  };
  return ofFamily(rule.source).flatMap((from) =>
    ofFamily(rule.destination).flatMap((to) =>
      protocolsOf(rule, family).flatMap((protocol) =>
        portsOf(rule.sourcePort).flatMap((sourcePort) =>
          portsOf(rule.destinationPort).map((destinationPort) => ({
            ...base,
            from,
            to,
            protocol,
            sourcePort,
            destinationPort,
          })),
        ),
      ),
    ),
  );
}

/**
 * Traffic of this machine's own: forwarded packets bear user 0 too. So does a packet that was marked after its first
 * look-up, whoever sent it; root's own have no mark yet.
 */
function userSelector(user: number, mask: number): Partial<RuleSelector> {
  return { user, inputInterface: "lo", ...(user === 0 ? { mark: { value: 0, mask } } : {}) };
}

const ICMP = 1;
const ICMPV6 = 58;
const TCP = 6;
const UDP = 17;

function protocolsOf(rule: Rule, family: Family): (number | null)[] {
  const { protocol } = rule;
  if (protocol === null)
    return rule.sourcePort.length + rule.destinationPort.length > 0 ? [TCP, UDP] : [null];
  if (protocol === (family === 4 ? ICMPV6 : ICMP)) return [];
  return [protocol];
}

function portsOf(ports: readonly PortRange[]): (PortRange | null)[] {
  return ports.length === 0 ? [null] : [...ports];
}
