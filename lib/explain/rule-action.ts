/** What a routing policy rule does with the packets that it is for. */

import type { RuleJson } from "./rule-match.ts";

/** How a packet is refused, by a rule or by a route. */
export type Refusal = "unreachable" | "prohibit" | "blackhole";

export type Action =
  | {
      readonly kind: "lookup";
      readonly table: number;
      /** A route this long or shorter does not count; -1: all count. */
      readonly suppress: number;
    }
  | { readonly kind: "goto"; readonly target: number }
  | { readonly kind: "nop" }
  | { readonly kind: "refuse"; readonly how: Refusal };

/** FR_ACT_* of linux/fib_rules.h, as numbers under -N. */
const REFUSALS: Readonly<Record<string, Refusal>> = {
  "6": "blackhole",
  blackhole: "blackhole",
  "7": "unreachable",
  unreachable: "unreachable",
  "8": "prohibit",
  prohibit: "prohibit",
};

/** The action of a rule as iproute2 prints it; of what is not known, nothing happens. */
export function actionOf(rule: RuleJson): Action {
  if (rule.goto !== undefined) return { kind: "goto", target: Number(rule.goto) };
  const how = REFUSALS[String(rule.action)];
  if (how !== undefined) return { kind: "refuse", how };
  if (rule.table === undefined) return { kind: "nop" };
  const suppress = rule.suppress_prefixlen === undefined ? -1 : Number(rule.suppress_prefixlen);
  return { kind: "lookup", table: Number(rule.table), suppress };
}
