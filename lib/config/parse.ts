/** From the text of waymark.toml to a configuration, or to everything that is wrong with it. */

import { parse, TomlError } from "smol-toml";
import * as v from "valibot";
import type { Accounts } from "./accounts.ts";
import { flag } from "./fields.ts";
import { type Findings, findingsIn } from "./findings.ts";
import { readMarks } from "./marks.ts";
import type { Problem } from "./problem.ts";
import { readRules } from "./rules.ts";
import { readDns, readMetrics } from "./services.ts";
import { escaped } from "./show.ts";
import { isTable, readTable, reportStrangeKeys, type Table } from "./table.ts";
import type { Config } from "./types.ts";
import { readUplinks } from "./uplinks.ts";

export type ParsedConfig = { readonly config: Config } | { readonly problems: readonly Problem[] };

/** Deeper nesting than this is no configuration; the parser and the search for positions recurse. */
const DEEPEST = 50;

/**
 * Reads a configuration. No file is touched: `path` is only what problems name, `accounts` tells the numbers of users
 * and groups.
 * @returns the configuration with all defaults filled in, or every problem of the text in the order of its lines; of
 * a text that is not TOML, the first.
 */
export function parseConfig(text: string, path: string, accounts: Accounts): ParsedConfig {
  const content = text.replace(/^\uFEFF/, "");
  const document = parseToml(content, path);
  if ("problem" in document) return { problems: [document.problem] };
  const findings = findingsIn(content, path);
  const config = readDocument(findings, document.table, accounts);
  return findings.problems.length === 0 ? { config } : { problems: inOrder(findings.problems) };
}

function parseToml(text: string, path: string): { table: Table } | { problem: Problem } {
  try {
    return { table: parse(text, { maxDepth: DEEPEST }) };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const { line, column } = error;
    // The parser's column counts UTF-16 units, and its message goes on with a picture of the place.
    const before = (text.split("\n")[line - 1] ?? "").slice(0, column - 1);
    const reason = (error.message.split("\n")[0] ?? "").replace(/^Invalid TOML document: /, "");
    return {
      problem: { path, line, column: [...before].length + 1, message: `not TOML: ${escaped(reason)}` },
    };
  }
}

const KNOWN = ["uplink", "rule", "router", "check", "dns", "metrics", "marks"];

function readDocument(findings: Findings, document: Table, accounts: Accounts): Config {
  reportStrangeKeys(findings, [], document, KNOWN, []);
  const uplinks = readUplinks(findings, document.uplink, document.check);
  // Every name that the file gives counts here, so that one bad uplink is not reported again by each rule.
  const names = isTable(document.uplink) ? Object.keys(document.uplink) : [];
  const rules = readRules(findings, document.rule, names, accounts);
  return {
    uplinks,
    rules,
    router: readRouter(findings, document.router),
    marks: readMarks(findings, document.marks, uplinks, rules),
    dns: readDns(findings, document.dns),
    metrics: readMetrics(findings, document.metrics),
  };
}

const ROUTER = { entries: { forward: v.optional(flag) }, later: [] };

function readRouter(findings: Findings, raw: unknown): { forward: boolean | null } {
  const said = raw === undefined ? {} : readTable(findings, ["router"], raw, ROUTER);
  return { forward: said?.forward ?? null };
}

function inOrder(problems: readonly Problem[]): Problem[] {
  return [...problems].sort((a, b) => a.line - b.line || a.column - b.column);
}
