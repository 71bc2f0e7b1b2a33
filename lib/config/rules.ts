/** The `[[rule]]` tables. */

import * as v from "valibot";
import type { Accounts } from "./accounts.ts";
import { interfaceName, mismatch, oneOf, oneOrMore, read, text } from "./fields.ts";
import { type Findings, placeOf } from "./findings.ts";
import type { Path } from "./positions.ts";
import { hasPorts, readAccount, readPorts, readPrefix, readProtocol, WITH_PORTS } from "./selectors.ts";
import { alternatives, quoted, shown } from "./show.ts";
import { didYouMean } from "./suggest.ts";
import { isTable, readTable, type Table } from "./table.ts";
import type { Rule } from "./types.ts";

const ruleName = text(
  'a name of 1 to 64 letters, digits, spaces and "_.:@/+-"',
  (name) => /^[A-Za-z0-9_.:@/+ -]{1,64}$/.test(name) && name.trim() === name,
);

const absolutePath = text('the absolute path of a file, such as "/etc/waymark/networks.txt"', (path) =>
  /^\/[^\p{Cc}]{0,4000}[^\p{Cc}/]$/u.test(path),
);

const SELECTORS = [
  "user",
  "group",
  "source",
  "destination",
  "destination_file",
  "protocol",
  "source_port",
  "destination_port",
  "interface",
];

/** Names of uplinks; a table of weights is refused by name. */
const via = v.lazy((input) =>
  isTable(input)
    ? read<string[]>(() => ({
        wrong:
          "a table of weights is not available in this version of Waymark; expected a list of uplinks in order of preference",
      }))
    : oneOrMore(text("the name of an uplink, or a list of names", () => true)),
);

function shape(accounts: Accounts) {
  return {
    entries: {
      name: v.optional(ruleName),
      user: v.optional(read(readAccount("user", (name) => accounts.userId(name)))),
      group: v.optional(read(readAccount("group", (name) => accounts.groupId(name)))),
      source: v.optional(oneOrMore(read(readPrefix))),
      destination: v.optional(oneOrMore(read(readPrefix))),
      destination_file: v.optional(absolutePath),
      protocol: v.optional(read(readProtocol)),
      source_port: v.optional(oneOrMore(read(readPorts))),
      destination_port: v.optional(oneOrMore(read(readPorts))),
      interface: v.optional(interfaceName),
      via: v.optional(via),
      otherwise: v.optional(oneOf(["default", "unreachable"]), "default"),
    },
    later: ["dscp", "mac", "domain", "sticky"],
  };
}

/** Reads the list of rules; `uplinks` are the names that `via` may give. */
export function readRules(
  findings: Findings,
  raw: unknown,
  uplinks: readonly string[],
  accounts: Accounts,
): Rule[] {
  if (raw === undefined) return [];
  if (!Array.isArray(raw)) {
    findings.value(
      ["rule"],
      mismatch(raw, "a list of tables: write [[rule]] with two brackets above each rule"),
    );
    return [];
  }
  const rules = raw.flatMap(
    (table: unknown, index) => readRule(findings, index, table, uplinks, accounts) ?? [],
  );
  reportDoubleNames(findings, raw, rules);
  return rules;
}

function readRule(
  findings: Findings,
  index: number,
  table: unknown,
  uplinks: readonly string[],
  accounts: Accounts,
): Rule | null {
  const path = ["rule", index];
  const said = readTable(findings, path, table, shape(accounts));
  if (said === null || !isTable(table)) return null;
  const rule: Rule = {
    name: said.name ?? `rule-${index + 1}`,
    user: said.user ?? null,
    group: said.group ?? null,
    source: said.source ?? [],
    destination: said.destination ?? [],
    destinationFile: said.destination_file ?? null,
    protocol: said.protocol ?? null,
    sourcePort: said.source_port ?? [],
    destinationPort: said.destination_port ?? [],
    interface: said.interface ?? null,
    via: said.via ?? [],
    otherwise: said.otherwise,
  };
  reportMissing(findings, path, table);
  reportContradictions(findings, path, table, rule);
  reportVia(findings, [...path, "via"], rule.via, uplinks);
  return rule;
}

function reportMissing(findings: Findings, path: Path, table: Table): void {
  if (table.via === undefined) {
    findings.key(
      path,
      `${placeOf(path)}: no via; expected the uplink that this traffic leaves by, such as via = "adsl"`,
    );
  }
  const refused = ["dscp", "mac", "domain"];
  if (![...SELECTORS, ...refused].some((key) => table[key] !== undefined)) {
    findings.key(
      path,
      `${placeOf(path)}: nothing to select by; expected at least one of ${SELECTORS.join(", ")}`,
    );
  }
}

function reportContradictions(findings: Findings, path: Path, table: Table, rule: Rule): void {
  const account = ["user", "group"].find((key) => table[key] !== undefined);
  if (account !== undefined && table.interface !== undefined) {
    findings.key(
      [...path, "interface"],
      `${placeOf(path)}: found interface together with ${account}; expected only one of them: traffic of this machine's own ${account}s comes in by no interface`,
    );
  }
  const port = ["destination_port", "source_port"].find((key) => table[key] !== undefined);
  if (port !== undefined && rule.protocol !== null && !hasPorts(rule.protocol)) {
    findings.value(
      [...path, "protocol"],
      `found ${shown(table.protocol)} together with ${port}; expected ${alternatives(WITH_PORTS)}, or no protocol for tcp and udp`,
    );
  }
  const { source, destination } = rule;
  const meet = source.some(({ family }) => destination.some((other) => other.family === family));
  if (source.length > 0 && destination.length > 0 && !meet) {
    findings.value(
      [...path, "destination"],
      `found only IPv${destination[0]?.family} prefixes where source has only IPv${source[0]?.family}; expected both of one family: no packet has both`,
    );
  }
}

function reportVia(findings: Findings, path: Path, via: readonly string[], uplinks: readonly string[]): void {
  via.forEach((name, index) => {
    if (!uplinks.includes(name)) {
      const hint = didYouMean(name, uplinks) || `; the uplinks are ${uplinks.map(quoted).join(", ")}`;
      findings.value(
        [...path, index],
        `found ${quoted(name)}, which is no uplink of this file${uplinks.length > 0 ? hint : ""}`,
      );
    } else if (via.indexOf(name) < index) {
      findings.value([...path, index], `found ${quoted(name)} a second time, expected each uplink once`);
    }
  });
}

function reportDoubleNames(findings: Findings, raw: readonly unknown[], rules: readonly Rule[]): void {
  const nameOf = (table: unknown, index: number) =>
    isTable(table) && typeof table.name === "string" ? table.name : `rule-${index + 1}`;
  const names = raw.map(nameOf);
  const taken = new Set(rules.map((rule) => rule.name));
  names.forEach((name, index) => {
    const first = names.indexOf(name);
    if (first === index || !taken.has(name)) return;
    const line = findings.line(["rule", first, "name"]);
    const message = `found ${quoted(name)}, which is the name of ${placeOf(["rule", first])} on line ${line} already`;
    findings.value(["rule", index, "name"], `${message}; expected another name`);
  });
}
