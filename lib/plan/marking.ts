/** Which mark stands for what, beside the uplinks' own. */

import type { Config } from "../config/types.ts";
import { balanceable } from "./choice.ts";
import { markOf, type Numbers, passingNumbers } from "./marks.ts";

export interface Marking {
  /** By uplink name: what balancing marks a new connection's first packet with. */
  readonly balanceMarks: ReadonlyMap<string, number>;
  /** Balancing has marks of its own, looked up after the rules; without rules the uplinks' own serve. */
  readonly ownBalanceMarks: boolean;
  /** By rule name: what a packet of a rule with `group` is marked with. */
  readonly ruleMarks: ReadonlyMap<string, number>;
}

/**
 * Gives out the marks that only live as long as one packet. A balanced packet must meet the `[[rule]]`s before it
 * meets its uplink's table, a pinned one must not: so the two need different marks as soon as there are rules.
 */
export function planMarking(config: Config, numbers: Numbers): Marking {
  const { mask } = config.marks;
  const names = config.uplinks.map((uplink) => uplink.name);
  const shared = balanceable(config);
  const groups = config.rules.filter((rule) => rule.group !== null).map((rule) => rule.name);
  const own = config.rules.length > 0;
  const passing = passingNumbers(own ? shared : [], groups.length, numbers, names, mask);
  const marks = (keys: readonly string[], given: readonly (number | undefined)[]) =>
    new Map(keys.map((key, place) => [key, markOf(given[place] ?? 0, mask)]));
  const ruleMarks = marks(groups, passing.groups);
  const balanceMarks = marks(shared, own ? passing.shares : shared.map((name) => numbers[name]));
  return { balanceMarks, ownBalanceMarks: own, ruleMarks };
}
