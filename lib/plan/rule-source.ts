/**
 * All that the routing policy rules depend on, and nothing else: short beside the hundreds of rules that are made from it
 * (`policy-rules.ts`), so whoever knows it unchanged need not make them again.
 */

import type { Config, Rule } from "../config/types.ts";
import type { Family } from "../net/prefix.ts";
import type { Marking } from "./marking.ts";
import { sharedLans } from "./shared-lan.ts";
import { planSources, type SourceTable } from "./sources.ts";
import type { UplinkState } from "./uplink-state.ts";

/** What the rules are made from. Equal ones make equal rules. */
export interface RuleSource {
  /** The bits of the mark that are ours. */
  readonly mask: number;
  /** The uplinks' numbers, which tell their marks and tables. */
  readonly numbers: readonly number[];
  /** The `[[rule]]`s, each with the mark that the packet filter gives its group's packets; null: it gives none. */
  readonly rules: readonly { readonly rule: Rule; readonly mark: number | null }[];
  /** Marks that balancing has of its own, by number of the uplink. */
  readonly balancing: readonly (readonly [number: number, mark: number])[];
  /** Several uplinks stand in one LAN. */
  readonly sharedLan: boolean;
  readonly families: readonly FamilySource[];
}

export interface FamilySource {
  readonly family: Family;
  readonly sources: readonly SourceTable[];
  /** Name servers have routes of their own. */
  readonly served: boolean;
}

/** There are no rules at all: what `stop` leads to. */
export const NO_RULES: RuleSource = {
  mask: 0,
  numbers: [],
  rules: [],
  balancing: [],
  sharedLan: false,
  families: [],
};

/**
 * @param families in which there are to be any
 * @param served those in which name servers have routes of their own
 */
export function ruleSource(
  config: Config,
  uplinks: readonly UplinkState[],
  marking: Marking,
  families: readonly Family[],
  served: readonly Family[],
): RuleSource {
  return {
    mask: config.marks.mask,
    numbers: uplinks.map(({ number }) => number),
    rules: config.rules.map((rule) => ({ rule, mark: marking.ruleMarks.get(rule.name) ?? null })),
    balancing: marking.ownBalanceMarks
      ? uplinks.flatMap(({ uplink, number }): [number, number][] => {
          const mark = marking.balanceMarks.get(uplink.name);
          return mark === undefined ? [] : [[number, mark]];
        })
      : [],
    sharedLan: sharedLans(uplinks).length > 0,
    families: families.map((family) => ({
      family,
      sources: planSources(uplinks, family),
      served: served.includes(family),
    })),
  };
}
