/** Policy rules as the kernel keeps them: what `ip rule add` and `del` do, and what it shows. */

import type { Family } from "../../lib/net/prefix.ts";
import { NotUnderstood, Refused } from "./objects.ts";

export interface FakeRule {
  readonly family: Family;
  readonly priority: number;
  readonly not: boolean;
  readonly from: string | null;
  readonly to: string | null;
  readonly iif: string | null;
  readonly mark: { readonly value: number; readonly mask: number } | null;
  readonly uid: string | null;
  readonly ipproto: number | null;
  readonly sport: string | null;
  readonly dport: string | null;
  readonly table: number | null;
  readonly suppress: boolean;
  readonly goto: number | null;
  readonly nop: boolean;
  readonly protocol: number;
}

type Draft = { -readonly [Key in keyof FakeRule]: FakeRule[Key] };

/** Reads the words behind `ip rule add` or `del`. */
export function parseRule(family: Family, words: readonly string[]): FakeRule {
  const rule: Draft = {
    family,
    priority: 0,
    not: false,
    from: null,
    to: null,
    iif: null,
    mark: null,
    uid: null,
    ipproto: null,
    sport: null,
    dport: null,
    table: null,
    suppress: false,
    goto: null,
    nop: false,
    protocol: 3,
  };
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) readWord(rule, word, rest);
  return rule;
}

function readWord(rule: Draft, word: string, rest: string[]): void {
  if (word === "not") rule.not = true;
  else if (word === "nop") rule.nop = true;
  else readPair(rule, word, rest.shift() ?? "");
}

function readPair(rule: Draft, word: string, value: string): void {
  switch (word) {
    case "priority":
      rule.priority = Number(value);
      return;
    case "from":
    case "to":
    case "iif":
    case "sport":
    case "dport":
      rule[word] = value;
      return;
    case "fwmark": {
      const [mark = "", mask = "0xffffffff"] = value.split("/");
      rule.mark = { value: Number(mark), mask: Number(mask) };
      return;
    }
    case "uidrange":
      rule.uid = value;
      return;
    case "ipproto":
    case "goto":
    case "protocol":
      rule[word] = Number(value);
      return;
    case "lookup":
      rule.table = Number(value);
      return;
    case "suppress_prefixlength":
      if (value !== "0") throw new NotUnderstood(`suppress_prefixlength ${value}`);
      rule.suppress = true;
      return;
    default:
      throw new NotUnderstood(`ip rule … ${word} ${value}`);
  }
}

const COMPARED = ["from", "to", "iif", "uid", "ipproto", "sport", "dport", "table"] as const;

/** Whether the kernel calls an added rule one that exists: it compares neither `not` nor a goto's target. */
function isSame(one: FakeRule, other: FakeRule): boolean {
  return (
    one.priority === other.priority &&
    one.family === other.family &&
    one.protocol === other.protocol &&
    one.nop === other.nop &&
    one.suppress === other.suppress &&
    (one.goto === null) === (other.goto === null) &&
    one.mark?.value === other.mark?.value &&
    one.mark?.mask === other.mark?.mask &&
    COMPARED.every((key) => one[key] === other[key])
  );
}

/** Whether `ip rule del` with these words hits a rule: only what was given is compared. */
function isHit(given: FakeRule, rule: FakeRule): boolean {
  return (
    given.family === rule.family &&
    given.priority === rule.priority &&
    given.protocol === rule.protocol &&
    given.nop === rule.nop &&
    (given.goto === null) === (rule.goto === null) &&
    (!given.suppress || rule.suppress) &&
    COMPARED.every((key) => given[key] === null || given[key] === rule[key]) &&
    (given.mark === null || isMarkHit(given.mark, rule.mark))
  );
}

/** A value or mask of zero is "not given" to the kernel. */
function isMarkHit(given: NonNullable<FakeRule["mark"]>, has: FakeRule["mark"]): boolean {
  return (
    (given.value === 0 || given.value === (has?.value ?? 0)) &&
    (given.mask === 0 || given.mask === (has?.mask ?? 0))
  );
}

/** Adds behind those of the same priority. @throws Refused */
export function addRule(rules: FakeRule[], rule: FakeRule): void {
  if (rule.goto !== null && rule.goto <= rule.priority)
    throw new Refused("Error: Backward goto not supported.");
  if (rules.some((other) => isSame(other, rule))) throw new Refused("RTNETLINK answers: File exists");
  const place = rules.findIndex((other) => other.family === rule.family && other.priority > rule.priority);
  rules.splice(place < 0 ? rules.length : place, 0, rule);
}

/** Removes the first that is hit. @throws Refused */
export function deleteRule(rules: FakeRule[], given: FakeRule): FakeRule {
  const place = rules.findIndex((rule) => isHit(given, rule));
  if (place < 0) throw new Refused("RTNETLINK answers: No such file or directory");
  return rules.splice(place, 1)[0] as FakeRule;
}

function selectorWords(rule: FakeRule): string[] {
  const hex = (value: number) => `0x${value.toString(16)}`;
  const pair = (word: string, value: string | number | null) => (value === null ? [] : [word, String(value)]);
  return [
    ...(rule.not ? ["not"] : []),
    ...pair("from", rule.from ?? "all"),
    ...pair("to", rule.to),
    ...pair("iif", rule.iif),
    ...(rule.mark === null ? [] : ["fwmark", `${hex(rule.mark.value)}/${hex(rule.mark.mask)}`]),
    ...pair("uidrange", rule.uid),
    ...pair("ipproto", rule.ipproto),
    ...pair("sport", rule.sport),
    ...pair("dport", rule.dport),
  ];
}

/** One line that tells the rule from every other. */
export function showRule(rule: FakeRule): string {
  const action =
    rule.goto !== null ? `goto ${rule.goto}` : rule.nop ? "nop" : `lookup ${rule.table ?? "none"}`;
  return [
    `rule ${rule.family} ${rule.priority}:`,
    ...selectorWords(rule),
    action,
    ...(rule.suppress ? ["suppress_prefixlength 0"] : []),
    `proto ${rule.protocol}`,
  ].join(" ");
}

function prefixFields(name: "src" | "dst", prefix: string | null): Record<string, unknown> {
  if (prefix === null) return name === "src" ? { src: "all" } : {};
  const [address = "", length] = prefix.split("/");
  return length === undefined ? { [name]: address } : { [name]: address, [`${name}len`]: Number(length) };
}

function portFields(name: "sport" | "dport", range: string | null): Record<string, number> {
  if (range === null) return {};
  const [first = 0, last] = range.split("-").map(Number);
  return last === undefined ? { [name]: first } : { [`${name}_start`]: first, [`${name}_end`]: last };
}

/** The protocol that iproute2 does not name. */
const KERNEL = 2;

/** As iproute2 6.1 prints it under `-N -j`. */
export function ruleJson(rule: FakeRule, links: ReadonlyMap<string, unknown>, rules: readonly FakeRule[]) {
  const { mark } = rule;
  const [first, last] = (rule.uid ?? "").split("-").map(Number);
  const isResolved = rules.some((other) => other.family === rule.family && other.priority === rule.goto);
  return {
    priority: rule.priority,
    ...(rule.not ? { not: null } : {}),
    ...prefixFields("src", rule.from),
    ...prefixFields("dst", rule.to),
    ...(mark === null ? {} : { fwmark: `0x${mark.value.toString(16)}` }),
    ...(mark === null || mark.mask === 0xffffffff ? {} : { fwmask: `0x${mark.mask.toString(16)}` }),
    ...(rule.iif === null ? {} : { iif: rule.iif }),
    ...(rule.iif === null || links.has(rule.iif) ? {} : { iif_detached: null }),
    ...(rule.uid === null ? {} : { uid_start: first, uid_end: last }),
    ...(rule.ipproto === null ? {} : { ipproto: `ipproto-${rule.ipproto}` }),
    ...portFields("sport", rule.sport),
    ...portFields("dport", rule.dport),
    ...(rule.table === null ? {} : { table: String(rule.table) }),
    ...(rule.suppress ? { suppress_prefixlen: 0 } : {}),
    ...(rule.goto === null ? {} : { goto: rule.goto }),
    ...(rule.goto === null || isResolved ? {} : { unresolved: null }),
    ...(rule.nop ? { nop: null } : {}),
    ...(rule.protocol === KERNEL ? {} : { protocol: String(rule.protocol) }),
  };
}
