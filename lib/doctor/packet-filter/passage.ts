/** What becomes of a forwarded TCP packet in a packet filter, as far as its rules can be understood. */

import { type FilterChain, type FilterRule, includesDevice } from "./model.ts";

export interface Passing {
  readonly input: string;
  readonly output: string;
  /** What connection tracking calls it. */
  readonly state: "new" | "established" | "invalid";
}

export type Fate =
  | { readonly kind: "passes" }
  /** Some rule that was not understood may let it through. */
  | { readonly kind: "perhaps" }
  /** @property by the rule, or the policy, that drops it */
  | { readonly kind: "dropped"; readonly by: string };

/** More jumps than the kernel allows in one walk. */
const DEEPEST = 16;

interface Walk {
  /** null: the chain's end was reached. */
  readonly end: Fate | null;
  /** A rule before may have accepted it. */
  readonly perhaps: boolean;
}

/** Where a packet ends that enters a base chain. */
export function fateIn(base: FilterChain, chains: readonly FilterChain[], packet: Passing): Fate {
  const others = chains.filter(({ owner, table }) => owner === base.owner && table === base.table);
  const { end, perhaps } = walk(base, others, packet, 0);
  const last = end ?? (base.drops ? dropped(perhaps, `policy drop of chain ${base.name}`) : PASSES);
  return last;
}

const PASSES: Fate = { kind: "passes" };

function dropped(perhaps: boolean, by: string): Fate {
  return perhaps ? { kind: "perhaps" } : { kind: "dropped", by };
}

function walk(chain: FilterChain, chains: readonly FilterChain[], packet: Passing, depth: number): Walk {
  let perhaps = false;
  for (const rule of chain.rules) {
    const fits = matches(rule, packet);
    if (fits === "no" || rule.verdict === null) continue;
    const { verdict } = rule;
    switch (verdict.kind) {
      case "accept":
        if (fits === "yes") return { end: PASSES, perhaps };
        perhaps = true;
        break;
      case "unknown":
        perhaps = true;
        break;
      case "drop":
        if (fits === "yes") return { end: dropped(perhaps, rule.text), perhaps };
        break;
      case "return":
        if (fits === "yes") return { end: null, perhaps };
        break;
      case "jump":
      case "goto": {
        const target = chains.find(({ name }) => name === verdict.target);
        if (target === undefined || depth >= DEEPEST) {
          perhaps = true;
          break;
        }
        const below = walk(target, chains, packet, depth + 1);
        const mayPass = below.perhaps || (below.end !== null && below.end.kind !== "dropped");
        if (fits === "perhaps") {
          perhaps ||= mayPass;
          break;
        }
        if (below.end !== null) {
          const { end } = below;
          return { end: end.kind === "dropped" ? dropped(perhaps, end.by) : end, perhaps };
        }
        perhaps ||= below.perhaps;
        if (verdict.kind === "goto") return { end: null, perhaps };
      }
    }
  }
  return { end: null, perhaps };
}

function matches(rule: FilterRule, { input, output, state }: Passing): "yes" | "no" | "perhaps" {
  if (!includesDevice(rule.input, input) || !includesDevice(rule.output, output)) return "no";
  if (rule.states !== null && !rule.states.includes(state)) return "no";
  if (rule.protocol !== null && rule.protocol !== "tcp") return "no";
  return rule.more ? "perhaps" : "yes";
}
