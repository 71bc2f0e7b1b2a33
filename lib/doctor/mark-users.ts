/** Everybody else's use of marks: in routing rules and in packet filters. */

import { PROTOCOL } from "../kernel/route.ts";
import type { Facts } from "./facts.ts";
import { ALL_BITS, type FilterRule, type MarkUse } from "./packet-filter/model.ts";

export interface MarkUser {
  readonly use: MarkUse;
  /** Whose it is, and its words. */
  readonly where: string;
  /** The rule also asks for a mark, so that it concerns its owner's packets only. */
  readonly guarded: boolean;
  /** Its packets end at a local proxy. */
  readonly proxied: boolean;
}

export function markUsers(facts: Facts): MarkUser[] {
  return [...inRules(facts), ...inFilter(facts)];
}

function inRules({ rules }: Facts): MarkUser[] {
  return rules.flatMap(({ protocol, json, family }) => {
    if (protocol === PROTOCOL || json.fwmark === undefined) return [];
    const mask = json.fwmask === undefined ? ALL_BITS : Number(json.fwmask) >>> 0;
    const value = "not" in json ? null : Number(json.fwmark) >>> 0;
    return [
      {
        use: { field: "packet", kind: "match", value, mask },
        where: `ip${family === 6 ? " -6" : ""} rule ${ruleWords(json)}`,
        guarded: false,
        proxied: false,
      } as const,
    ];
  });
}

/** Numbers of `ip -N rule` (linux/fib_rules.h). */
const ACTIONS: Readonly<Record<string, string>> = { "6": "blackhole", "7": "unreachable", "8": "prohibit" };

/** A rule in the words of `ip rule`, as far as its selectors matter here. */
export function ruleWords(json: Readonly<Record<string, unknown>>): string {
  const words = (key: string, word: string) =>
    json[key] === undefined ? [] : [`${word} ${String(json[key])}`];
  const length = (key: string) => (json[key] === undefined ? "" : `/${String(json[key])}`);
  const side = (key: string, word: string) =>
    json[key] === undefined || json[key] === "all"
      ? []
      : [`${word} ${String(json[key])}${length(`${key}len`)}`];
  return [
    `${String(json.priority)}:`,
    ...("not" in json ? ["not"] : []),
    ...(json.src === undefined || json.src === "all" ? ["from all"] : side("src", "from")),
    ...side("dst", "to"),
    ...words("iif", "iif"),
    ...words("oif", "oif"),
    ...(json.fwmark === undefined
      ? []
      : [`fwmark ${String(json.fwmark)}${json.fwmask === undefined ? "" : `/${String(json.fwmask)}`}`]),
    ...(json.uid_start === undefined ? [] : [`uidrange ${String(json.uid_start)}-${String(json.uid_end)}`]),
    ...words("table", "lookup"),
    ...words("suppress_prefixlen", "suppress_prefixlength"),
    ...words("goto", "goto"),
    ...(json.action === undefined ? [] : [ACTIONS[String(json.action)] ?? String(json.action)]),
  ].join(" ");
}

function inFilter({ filter }: Facts): MarkUser[] {
  return (filter?.chains ?? []).flatMap((chain) =>
    chain.rules.flatMap((rule) =>
      rule.marks.map((use) => ({
        use,
        where: `${chain.owner}, chain ${chain.name}: ${rule.text}`,
        guarded: isGuarded(rule),
        proxied: rule.transparentProxy,
      })),
    ),
  );
}

function isGuarded(rule: FilterRule): boolean {
  return rule.marks.some(({ kind, value }) => kind === "match" && value !== null && value !== 0);
}
