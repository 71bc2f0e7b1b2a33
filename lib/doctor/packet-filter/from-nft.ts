/** Reads `nft -j list ruleset`, libnftables-json(5), without Waymark's own table. */

import { NFT_TABLE } from "../../kernel/ruleset.ts";
import {
  EMPTY_RULE,
  type FilterChain,
  type FilterRule,
  type FlowTable,
  type MarkUse,
  type Names,
  type PacketFilter,
  type Verdict,
} from "./model.ts";
import { type MarkValue, readMarkMatch, readMarkSet } from "./nft-marks.ts";

type Json = Readonly<Record<string, unknown>>;

const FAMILIES: Readonly<Record<string, readonly (4 | 6)[]>> = { ip: [4], ip6: [6], inet: [4, 6] };

/**
 * Reads the listing.
 * @param json what `nft -j list ruleset` printed, parsed
 * @param texts by `FAMILY TABLE HANDLE`: rules as `nft -a list ruleset` prints them
 */
export function readNft(json: unknown, texts: ReadonlyMap<string, string>): PacketFilter {
  const objects = ((json as { nftables?: Json[] }).nftables ?? []).filter(
    (object) => !isOurs(tableOf(Object.values(object)[0] as Json)),
  );
  const flowTables = objects.flatMap(({ flowtable }) =>
    flowtable === undefined ? [] : readFlowTable(flowtable as Json),
  );
  const rules = objects.flatMap(({ rule }) => (rule === undefined ? [] : [rule as Json]));
  const chains = objects.flatMap(({ chain }) => {
    const families = FAMILIES[String((chain as Json | undefined)?.family)];
    if (chain === undefined || families === undefined) return [];
    const { family, table, name, hook, policy } = chain as Json;
    const own = rules.filter((rule) => rule.family === family && rule.table === table && rule.chain === name);
    return [
      {
        owner: `nft table ${tableOf(chain as Json)}`,
        families,
        table: String(table),
        name: String(name),
        hook: hook === undefined ? null : String(hook),
        drops: policy === "drop",
        rules: own.flatMap((rule) =>
          readRule(rule.expr, texts.get(`${tableOf(rule)} ${String(rule.handle)}`) ?? ""),
        ),
      } satisfies FilterChain,
    ];
  });
  return { chains, flowTables };
}

/** By `FAMILY TABLE HANDLE`: the rules as text, from `nft -a list ruleset`. */
export function readRuleTexts(listing: string): Map<string, string> {
  const texts = new Map<string, string>();
  let table = "";
  for (const line of listing.split("\n")) {
    const head = /^table (\S+ \S+) \{/.exec(line)?.[1];
    if (head !== undefined) table = head;
    const [, text, handle] = /^\t\t(.*) # handle (\d+)$/.exec(line) ?? [];
    if (text !== undefined)
      texts.set(`${table} ${handle}`, text.replace(/ ?counter packets \d+ bytes \d+/, ""));
  }
  return texts;
}

const tableOf = (object: Json | undefined) =>
  `${String(object?.family)} ${String(object?.table ?? object?.name)}`;
const isOurs = (table: string) => table === NFT_TABLE;

function readFlowTable(json: Json): FlowTable[] {
  const devices = json.dev === undefined ? [] : [json.dev].flat().map(String);
  return [{ owner: `nft table ${tableOf(json)}`, name: String(json.name), devices }];
}

/** One rule; a verdict map is as many rules as it has elements. */
function readRule(expressions: unknown, text: string): FilterRule[] {
  let rules: FilterRule[] = [{ ...EMPTY_RULE, text }];
  for (const expression of (Array.isArray(expressions) ? expressions : []) as Json[]) {
    const elements = verdictMap(expression.vmap);
    if (elements === null) rules = rules.map((rule) => withExpression(rule, expression));
    else
      rules = rules.flatMap((rule) =>
        elements.map(({ key, value, verdict }) => ({ ...withMatch(rule, "==", key, value), verdict })),
      );
  }
  return rules;
}

function verdictMap(vmap: unknown) {
  const { key, data } = (vmap ?? {}) as { key?: unknown; data?: { set?: unknown } };
  const set = data?.set;
  if (!Array.isArray(set)) return null;
  return (set as [unknown, Json][]).map(([value, verdict]) => ({
    key,
    value,
    verdict: verdictOf(verdict) ?? ({ kind: "unknown" } as const),
  }));
}

const HARMLESS = new Set(["counter", "log", "comment", "quota", "last"]);

function withExpression(rule: FilterRule, expression: Json): FilterRule {
  const [kind = "", body] = Object.entries(expression)[0] ?? [];
  const verdict = verdictOf(expression);
  if (verdict !== null) return { ...rule, verdict };
  switch (kind) {
    case "match": {
      const { op, left, right } = body as Json;
      return withMatch(rule, String(op), left, right);
    }
    case "mangle": {
      const { key, value } = body as Json;
      return { ...rule, marks: [...rule.marks, ...readMarkSet(key, value as MarkValue)] };
    }
    case "snat":
      return { ...rule, sourceTo: addressText((body as Json | null)?.addr), verdict: { kind: "accept" } };
    case "masquerade":
    case "dnat":
    case "redirect":
    case "queue":
      return { ...rule, verdict: { kind: "accept" } };
    case "notrack":
      return { ...rule, untracked: true };
    case "tproxy":
      return { ...rule, transparentProxy: true };
    case "flow":
      return { ...rule, offloads: true };
    case "vmap":
      return { ...rule, more: true, verdict: { kind: "unknown" } };
    case "xt":
      return withExtension(rule, body as Json);
    default:
      return HARMLESS.has(kind) ? rule : { ...rule, more: true };
  }
}

const addressText = (address: unknown) => (typeof address === "string" ? address : null);

/** What iptables-nft wrote and nft cannot say: only that it is there. */
function withExtension(rule: FilterRule, { type }: Json): FilterRule {
  return type === "target" ? { ...rule, verdict: { kind: "unknown" } } : { ...rule, more: true };
}

function verdictOf(expression: Json): Verdict | null {
  if ("accept" in expression) return { kind: "accept" };
  if ("drop" in expression || "reject" in expression) return { kind: "drop" };
  if ("return" in expression) return { kind: "return" };
  for (const kind of ["jump", "goto"] as const) {
    const target = (expression[kind] as Json | undefined)?.target;
    if (target !== undefined) return { kind, target: String(target) };
  }
  return null;
}

function withMatch(rule: FilterRule, op: string, left: unknown, right: unknown): FilterRule {
  const { meta, ct, fib, payload } = (left ?? {}) as Readonly<Record<string, Json | undefined>>;
  const not = op === "!=";
  const input = meta?.key === "iifname" || meta?.key === "iif";
  if (input || meta?.key === "oifname" || meta?.key === "oif") {
    const names = namesOf(right, not);
    if (names === null || rule[input ? "input" : "output"] !== null) return { ...rule, more: true };
    return input ? { ...rule, input: names } : { ...rule, output: names };
  }
  if (ct?.key === "state" && !not) {
    const states = words(right);
    return states === null ? { ...rule, more: true } : { ...rule, states };
  }
  if (ct?.key === "status" && right === "dnat" && !not) return { ...rule, states: ["dnat"] };
  if (meta?.key === "l4proto" && typeof right === "string" && !not) return { ...rule, protocol: right };
  const transport = payload?.protocol;
  if (typeof transport === "string" && transport !== "ip" && transport !== "ip6") {
    return { ...rule, protocol: transport, more: true };
  }
  const flags = fib?.flags;
  if (Array.isArray(flags) && flags.includes("saddr") && flags.includes("iif")) {
    // `oif missing` comes as false, `oif 0` as the number in quotes.
    return { ...rule, reversePath: [false, 0, "0"].includes(right as string) && !not };
  }
  const mark: MarkUse | null = readMarkMatch(left, right);
  return mark === null
    ? { ...rule, more: true }
    : { ...rule, marks: [...rule.marks, not ? { ...mark, value: null } : mark], more: true };
}

function namesOf(right: unknown, not: boolean): Names | null {
  const names = words(right);
  return names === null ? null : { names, not };
}

/** A word, a list of words, or a set of them. */
function words(value: unknown): string[] | null {
  const set = (value as { set?: unknown } | null)?.set ?? value;
  const list = [set].flat();
  return list.every((word) => typeof word === "string") ? (list as string[]) : null;
}
