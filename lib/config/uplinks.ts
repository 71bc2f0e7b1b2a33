/** The `[uplink.NAME]` tables. */

import * as v from "valibot";
import { parseAddress } from "../net/prefix.ts";
import { type CheckReader, checkReader } from "./check.ts";
import { readCommand } from "./command-line.ts";
import { flag, interfaceName, mismatch, oneOf, oneOrMore, read, text, wholeNumber } from "./fields.ts";
import { type Findings, placeOf } from "./findings.ts";
import type { Path } from "./positions.ts";
import { quoted, shown } from "./show.ts";
import { isTable, readTable, type Table } from "./table.ts";
import { readRemote } from "./targets.ts";
import type { Uplink } from "./types.ts";

const MOST_UPLINKS = 255;

/** An uplink's own interface; the loopback reaches no provider. */
const ownInterface = v.pipe(
  interfaceName,
  v.check(
    (name) => name !== "lo",
    'found "lo", the loopback; expected an interface that leads to the internet',
  ),
);

/** "auto" is null from here on. */
const gateway = read<string | null>((input) => {
  if (input === "auto") return { value: null };
  const parsed = typeof input === "string" ? parseAddress(input) : null;
  return parsed === null ? { wrong: mismatch(input, '"auto" or an IP address') } : { value: parsed.address };
});

const peer = text(
  'the name of a PPP session: 1 to 64 letters, digits and "_.@/+-", without ".."',
  (name) => /^[A-Za-z0-9_.@/+-]{1,64}$/.test(name) && !name.includes(".."),
);

const nameServer = read<string>((input) => {
  const reading = readRemote(input, "the IP address of a name server");
  return "wrong" in reading ? reading : { value: reading.value.address };
});

/** An empty list is "none", unlike no list, which is "whatever is learnt". */
const nameServers = v.lazy((input) =>
  Array.isArray(input) && input.length === 0 ? v.array(v.string()) : oneOrMore(nameServer),
);

const SHAPE = {
  entries: {
    interface: v.optional(ownInterface),
    peer: v.optional(peer),
    gateway: v.optional(gateway),
    tier: v.optional(wholeNumber(1, 1000), 1),
    weight: v.optional(wholeNumber(1, 256), 1),
    nat: v.optional(oneOf(["masquerade", "snat", "none"]), "masquerade"),
    lan: v.optional(flag, false),
    pin: v.optional(flag, true),
    loose: v.optional(flag, false),
    metered: v.optional(flag, false),
    failback: v.optional(oneOf(["keep", "move"])),
    carrier: v.optional(interfaceName),
    verify: v.optional(oneOf(["gateway"])),
    spread_cpus: v.optional(flag, false),
    check: v.optional(v.unknown()),
    redial: v.optional(read(readCommand)),
    dns: v.optional(nameServers),
  },
  later: ["firewall", "shape"],
} as const;

/**
 * Reads the `uplink` table of the document; the result is only whole if nothing new was found.
 * @param check what the document says for `check`
 */
export function readUplinks(findings: Findings, raw: unknown, check: unknown): Uplink[] {
  if (raw !== undefined && !isTable(raw)) {
    findings.value(["uplink"], `${mismatch(raw, "one table [uplink.NAME] for each uplink")}`);
    return [];
  }
  const named = Object.entries(raw ?? {});
  if (named.length === 0)
    findings.key([], "no uplink; expected at least one table [uplink.NAME] with an interface");
  if (named.length > MOST_UPLINKS) {
    const first = ["uplink", named[MOST_UPLINKS]?.[0] ?? ""];
    findings.key(
      first,
      `found ${named.length} uplinks, expected at most ${MOST_UPLINKS}; this is one too many`,
    );
  }
  const checks = checkReader(findings, check);
  const uplinks = named.flatMap(([name, table]) => readUplink(findings, name, table, checks) ?? []);
  checks.finish();
  reportDoubles(findings, uplinks, "interface");
  reportDoubles(findings, uplinks, "peer");
  return uplinks;
}

function readUplink(findings: Findings, name: string, table: unknown, checks: CheckReader): Uplink | null {
  const path = ["uplink", name];
  if (!/^[A-Za-z][A-Za-z0-9_-]{0,14}$/.test(name)) {
    const expected = 'a letter, then letters, digits, "_" and "-", at most 15 characters in all';
    findings.key(path, `${mismatch(name, `${expected}, as the name of an uplink`)}`);
  }
  const said = readTable(findings, path, table, SHAPE);
  if (said === null) return null;
  if (isTable(table)) reportInterfaceOrPeer(findings, path, table);
  return {
    name,
    interface: said.interface ?? null,
    peer: said.peer ?? null,
    gateway: said.gateway ?? null,
    tier: said.tier,
    weight: said.weight,
    nat: said.nat,
    lan: said.lan,
    pin: said.pin,
    loose: said.loose,
    metered: said.metered,
    failback: said.failback ?? (said.metered ? "move" : "keep"),
    carrier: said.carrier ?? null,
    verify: said.verify ?? null,
    spreadCpus: said.spread_cpus,
    check: checks.of(name, said.check),
    redial: said.redial ?? null,
    dns: said.dns ?? null,
  };
}

function reportInterfaceOrPeer(findings: Findings, path: Path, table: Table): void {
  const given = ["interface", "peer"].filter((key) => table[key] !== undefined);
  if (given.length === 0) {
    findings.key(
      path,
      `${placeOf(path)}: neither interface nor peer; expected one of them, such as interface = "eth0"`,
    );
  }
  if (given.length === 2) {
    findings.key(
      [...path, "peer"],
      `${placeOf(path)}: found interface ${shown(table.interface)} and peer ${shown(table.peer)}, expected only one of them`,
    );
  }
}

/** Two uplinks with the same way out would fight over its addresses. */
function reportDoubles(findings: Findings, uplinks: readonly Uplink[], key: "interface" | "peer"): void {
  const owners = new Map<string, string>();
  for (const uplink of uplinks) {
    const value = uplink[key];
    const owner = value === null ? undefined : owners.get(value);
    if (value !== null && owner === undefined) owners.set(value, uplink.name);
    if (value === null || owner === undefined) continue;
    const line = findings.line(["uplink", owner, key]);
    const message = `found ${quoted(value)}, which is the ${key} of [uplink.${owner}] on line ${line} already`;
    findings.value(["uplink", uplink.name, key], `${message}; expected one uplink for each ${key}`);
  }
}
