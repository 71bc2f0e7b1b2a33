/** Reads what iptables-save and ip6tables-save print, of the nft kind and of the legacy kind. */

import {
  ALL_BITS,
  EMPTY_RULE,
  type FilterChain,
  type FilterRule,
  type MarkUse,
  type Names,
} from "./model.ts";

const HOOKS: Readonly<Record<string, string>> = {
  PREROUTING: "prerouting",
  INPUT: "input",
  FORWARD: "forward",
  OUTPUT: "output",
  POSTROUTING: "postrouting",
};

/**
 * Reads one listing.
 * @param owner the tool, for the reader of the findings
 */
export function readIptables(text: string, owner: string, family: 4 | 6): FilterChain[] {
  const chains: (Omit<FilterChain, "rules"> & { rules: FilterRule[] })[] = [];
  let table = "";
  for (const line of text.split("\n")) {
    if (line.startsWith("*")) table = line.slice(1).trim();
    const [, name, policy] = /^:(\S+) (\S+)/.exec(line) ?? [];
    if (name !== undefined) {
      const hook = policy === "-" ? null : (HOOKS[name] ?? null);
      const head = { owner, families: [family], table, name, hook, drops: policy === "DROP" };
      chains.push({ ...head, rules: [] });
    }
    if (!line.startsWith("-A ")) continue;
    const words = splitWords(line);
    const chain = chains.find((one) => one.table === table && one.name === words[1]);
    chain?.rules.push(readRule(words.slice(2), line));
  }
  return chains;
}

/** Words, of which those in double quotes may hold blanks (`--comment "two words"`). */
export function splitWords(line: string): string[] {
  const words = line.match(/"(?:\\.|[^"\\])*"|\S+/g) ?? [];
  return words.map((word) => (word.startsWith('"') ? word.slice(1, -1).replace(/\\(.)/g, "$1") : word));
}

/** Options that a rule may have and that select nothing. */
const SELECTS_NOTHING = new Set(["--comment", "--reject-with", "--log-prefix", "--log-level"]);
const MATCHES_READ = new Set(["comment", "conntrack", "state", "mark", "connmark", "rpfilter"]);

interface Draft extends Omit<FilterRule, "marks"> {
  readonly marks: MarkUse[];
}

function readRule(words: readonly string[], text: string): FilterRule {
  let rule: Draft = { ...EMPTY_RULE, text, marks: [] };
  let not = false;
  let match = "";
  let target = "";
  let loose = false;
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    const value = words[at + 1] ?? "";
    // An option's value is no option: `-j !` does not occur.
    const takesValue = value !== "" && !value.startsWith("-") && value !== "!";
    if (word === "!") {
      not = true;
      continue;
    }
    if (takesValue) at++;
    if (word === "-m") {
      match = value;
      if (!MATCHES_READ.has(value)) rule = { ...rule, more: true };
    } else if (word === "-i" || word === "-o") {
      const names: Names = { names: [value.replace(/\+$/, "*")], not };
      rule = word === "-i" ? { ...rule, input: names } : { ...rule, output: names };
    } else if ((word === "--ctstate" || word === "--state") && !not) {
      rule = { ...rule, states: value.toLowerCase().split(",") };
    } else if (word === "--ctstatus" && value === "DNAT" && !not) {
      rule = { ...rule, states: ["dnat"] };
    } else if (word === "-p" && !not) {
      rule = { ...rule, protocol: value };
    } else if (word === "--mark") {
      rule.marks.push(markMatch(value, match === "connmark" ? "connection" : "packet", not));
      rule = { ...rule, more: true };
    } else if (word === "-j" || word === "-g") {
      target = value;
      rule = withTarget(rule, value, word === "-g");
    } else if (word === "--to-source") {
      rule = { ...rule, sourceTo: value.split(/[-:]/)[0] ?? null };
    } else if (word === "--notrack") {
      rule = { ...rule, untracked: true };
    } else if (word === "--loose") {
      loose = true;
    } else if (word === "--invert") {
      rule = { ...rule, reversePath: match === "rpfilter" };
    } else if (word === "--tproxy-mark") {
      rule.marks.push(...markSet("--set-xmark", value, "packet", []));
    } else if (target === "MARK" || target === "CONNMARK") {
      rule.marks.push(...markSet(word, value, target === "MARK" ? "packet" : "connection", words.slice(at)));
    } else if (!SELECTS_NOTHING.has(word) && target === "" && word !== "--validmark") {
      rule = { ...rule, more: true };
    }
    not = false;
  }
  return loose ? { ...rule, reversePath: false, more: true } : rule;
}

function withTarget(rule: Draft, target: string, goes: boolean): Draft {
  switch (target) {
    case "ACCEPT":
    case "MASQUERADE":
    case "SNAT":
    case "DNAT":
    case "REDIRECT":
      return { ...rule, verdict: { kind: "accept" } };
    case "DROP":
    case "REJECT":
      return { ...rule, verdict: { kind: "drop" } };
    case "RETURN":
      return { ...rule, verdict: { kind: "return" } };
    case "NOTRACK":
      return { ...rule, untracked: true };
    case "TPROXY":
      return { ...rule, transparentProxy: true, verdict: { kind: "accept" } };
    case "FLOWOFFLOAD":
      return { ...rule, offloads: true };
    case "MARK":
    case "CONNMARK":
    case "CT":
    case "LOG":
    case "NFLOG":
    case "TCPMSS":
      return rule;
    default:
      return { ...rule, verdict: { kind: goes ? "goto" : "jump", target } };
  }
}

/** `0x4000/0x4000`, `0x1` */
function valueAndMask(text: string): readonly [number, number] {
  const [value = "", mask] = text.split("/");
  return [Number(value) >>> 0, mask === undefined ? ALL_BITS : Number(mask) >>> 0];
}

function markMatch(text: string, field: MarkUse["field"], not: boolean): MarkUse {
  const [value, mask] = valueAndMask(text);
  return { field, kind: "match", value: not ? null : value, mask };
}

/** Options of the targets MARK and CONNMARK, iptables-extensions(8). */
function markSet(option: string, text: string, field: MarkUse["field"], rest: readonly string[]): MarkUse[] {
  const other = (name: string) => {
    const place = rest.indexOf(name);
    return place < 0 ? ALL_BITS : Number(rest[place + 1]) >>> 0;
  };
  switch (option) {
    case "--set-xmark":
    case "--set-mark": {
      const [value, mask] = valueAndMask(text);
      return [{ field, kind: "set", value: (value & mask) >>> 0, mask: (mask | value) >>> 0 }];
    }
    case "--or-mark":
      return [{ field, kind: "set", value: Number(text) >>> 0, mask: Number(text) >>> 0 }];
    case "--and-mark":
      return [{ field, kind: "set", value: 0, mask: ~Number(text) >>> 0 }];
    case "--save-mark":
      return [{ field: "connection", kind: "copy", value: null, mask: other("--ctmask") }];
    case "--restore-mark":
      return [{ field: "packet", kind: "copy", value: null, mask: other("--nfmask") }];
    default:
      return [];
  }
}
