/** The packet filter as text: tables of chains of rules, changed by one transaction at a time. */

import { NotUnderstood, Refused } from "./objects.ts";

interface FakeChain {
  hook: string | null;
  rules: string[];
}

type Table = Map<string, FakeChain>;

const OURS = "inet waymark";

export class NftTables {
  /** By family and name. */
  private tables = new Map<string, Table>();

  /** Somebody else's table. */
  addForeign(name: string): void {
    this.tables.set(name, new Map([["foreign", { hook: null, rules: ["counter"] }]]));
  }

  chains(): ReadonlyMap<string, Readonly<FakeChain>> | null {
    return this.tables.get(OURS) ?? null;
  }

  /**
   * `nft -f -`: all of it or nothing.
   * @returns what changed, one line for each object
   * @throws Refused
   */
  load(input: string): string[] {
    const draft = new Map([...this.tables].map(([name, table]) => [name, copyOf(table)] as const));
    const changes = apply(draft, input);
    this.tables = draft;
    return changes;
  }

  /** Waymark's table is flushed by somebody else. */
  wipe(): void {
    this.tables.delete(OURS);
  }

  /** `nft list …` */
  list(words: readonly string[]): string {
    const [what, family, name, chain] = words;
    if (what === "tables") return [...this.tables.keys()].map((key) => `table ${key}\n`).join("");
    const table = this.tables.get(`${family} ${name}`);
    const known = what === "table" || what === "chain";
    if (!known) throw new NotUnderstood(`nft list ${words.join(" ")}`);
    if (table === undefined || (chain !== undefined && !table.has(chain)))
      throw new Refused("Error: No such file or directory");
    const chains = [...table].filter(([key]) => chain === undefined || key === chain);
    return `table ${family} ${name} {\n${chains.map(([key, value]) => chainText(key, value)).join("\n")}}\n`;
  }

  text(): string {
    return [...this.tables]
      .map(([name, table]) => {
        const chains = [...table].map(([key, chain]) => chainText(key, chain)).sort();
        return `table ${name} {\n${chains.join("")}}`;
      })
      .sort()
      .join("\n");
  }
}

function chainText(name: string, chain: FakeChain): string {
  const lines = [...(chain.hook === null ? [] : [`${chain.hook}; policy accept;`]), ...chain.rules];
  return `\tchain ${name} {\n${lines.map((line) => `\t\t${line}\n`).join("")}\t}\n`;
}

const copyOf = (table: Table): Table =>
  new Map([...table].map(([name, chain]) => [name, { ...chain, rules: [...chain.rules] }]));

function apply(tables: Map<string, Table>, input: string): string[] {
  const lines = input.split("\n").filter((line) => line.trim() !== "");
  const changes: string[] = [];
  while (lines.length > 0) {
    const line = lines.shift() as string;
    if (line === `table ${OURS}`) {
      if (!tables.has(OURS)) tables.set(OURS, new Map());
    } else if (line === `delete table ${OURS}`) {
      tables.delete(OURS);
      changes.push("nft table delete");
    } else if (line === `table ${OURS} {`) {
      const block = lines.splice(0, lines.indexOf("}") + 1);
      tables.set(OURS, readBlock(block.slice(0, -1)));
      changes.push("nft table replace");
    } else changes.push(change(tables.get(OURS), line));
  }
  return changes;
}

/** `chain NAME {` … `}`, as they stand in a table's braces. */
function readBlock(lines: readonly string[]): Table {
  const table: Table = new Map();
  let chain: FakeChain | null = null;
  for (const line of lines.map((text) => text.trim())) {
    const name = /^chain (\S+) \{$/.exec(line)?.[1];
    const hook = /^(type .*); policy accept;$/.exec(line)?.[1];
    if (name !== undefined) {
      if (table.has(name)) throw new NotUnderstood(`a second chain ${name}`);
      chain = { hook: null, rules: [] };
      table.set(name, chain);
    } else if (line === "}") chain = null;
    else if (chain === null) throw new NotUnderstood(`nft: ${line}`);
    else if (hook !== undefined) chain.hook = hook;
    else chain.rules.push(line);
  }
  for (const known of table.values()) for (const rule of known.rules) needTargets(table, rule);
  return table;
}

function change(table: Table | undefined, line: string): string {
  const parts = /^(add|flush|delete) (chain|rule) inet waymark (\S+)(?: (.*))?$/.exec(line);
  if (parts === null) throw new NotUnderstood(`nft: ${line}`);
  const [, verb, kind, name = "", rest = ""] = parts;
  if (table === undefined) throw new Refused("Error: Could not process rule: No such file or directory");
  if (kind === "rule") {
    if (verb !== "add") throw new NotUnderstood(`nft: ${line}`);
    chainIn(table, name).rules.push(rest);
    needTargets(table, rest);
  } else if (verb === "add") {
    const hook = rest === "" ? null : (/^\{ (type .*); policy accept; \}$/.exec(rest)?.[1] ?? null);
    if (rest !== "" && hook === null) throw new NotUnderstood(`nft: ${line}`);
    if (!table.has(name)) table.set(name, { hook, rules: [] });
  } else if (verb === "flush") chainIn(table, name).rules.splice(0);
  else {
    chainIn(table, name);
    if (chainIn(table, name).rules.length > 0 || isJumpedTo(table, name))
      throw new Refused("Error: Could not process rule: Device or resource busy");
    table.delete(name);
  }
  return `nft ${kind} ${verb} ${name}`;
}

function chainIn(table: Table, name: string): FakeChain {
  const chain = table.get(name);
  if (chain === undefined) throw new Refused("Error: Could not process rule: No such file or directory");
  return chain;
}

const targetsOf = (rule: string) =>
  [...rule.matchAll(/\b(?:goto|jump) ([\w-]+)/g)].map((match) => match[1] ?? "");

function needTargets(table: Table, rule: string): void {
  for (const target of targetsOf(rule)) chainIn(table, target);
}

function isJumpedTo(table: Table, name: string): boolean {
  return [...table.values()].some((chain) => chain.rules.some((rule) => targetsOf(rule).includes(name)));
}
