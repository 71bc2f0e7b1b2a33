/** Reads what the kernel has, in as few processes as can be. */

import type { Family } from "../net/prefix.ts";
import { type Command, CommandError, type Run } from "./command.ts";
import { type Link, parseLinks } from "./link.ts";
import { parseRoutes, type Route } from "./route.ts";
import { parseRules, type SeenRule } from "./rule.ts";

/** Per-interface settings that `ip netconf` tells; absent ones are those this kernel does not have. */
export interface InterfaceSettings {
  readonly family: Family;
  readonly interface: string;
  /** 0 off, 1 strict, 2 loose; null for IPv6. */
  readonly reversePathFilter: number | null;
  readonly ignoreRoutesWithLinkdown: boolean;
}

/** One look at the kernel: what a plan is made from. */
export interface KernelState {
  readonly links: readonly Link[];
  /** Unicast and unreachable ones. */
  readonly routes: readonly Route[];
  readonly rules: readonly SeenRule[];
  readonly settings: readonly InterfaceSettings[];
}

export interface ObserveOptions {
  /** Also the IPv6 rules: the process that tells the rest cannot tell them. */
  readonly ipv6Rules: boolean;
  /** Only these tables' routes; null: those of all tables. Tables with very many prefixes are left out this way. */
  readonly tables: readonly number[] | null;
}

/** Of all tables only these are listed: most of what there is are the kernel's own local and broadcast routes. */
const TYPES = ["unicast", "unreachable"] as const;

const BATCH = ["-N", "-j", "-force", "-batch", "-"] as const;

/** Text for, or from, each of the `ip -batch` processes that a look takes; "" where there is none. */
export interface Batches {
  readonly all: string;
  /** With -4: without it `route show table` has the kernel list every table of both families, and sorts it out itself. */
  readonly ipv4: string;
  /** With -6: a line of a batch cannot ask for a family (ip(8): -6 holds for the whole batch). */
  readonly ipv6: string;
}

/** What a look asks. */
export function questionsOf({ ipv6Rules, tables }: ObserveOptions): Batches {
  const text = (lines: readonly string[]) => `${lines.join("\n")}\n`;
  const general = ["address show", "netconf show"];
  if (tables === null) {
    const all = text([...general, "rule show", ...TYPES.map((type) => `route show table all type ${type}`)]);
    return { all, ipv4: "", ipv6: ipv6Rules ? text(["rule show"]) : "" };
  }
  const family = text(["rule show", ...tables.map((table) => `route show table ${table}`)]);
  return { all: text(general), ipv4: family, ipv6: family };
}

/** The commands that ask it, for those who want to show them. */
export function lookCommands({ all, ipv4, ipv6 }: Batches): readonly Command[] {
  const command = (options: readonly string[], input: string): Command[] =>
    input === "" ? [] : [{ file: "ip", args: [...options, ...BATCH], input }];
  return [...command([], all), ...command(["-4"], ipv4), ...command(["-6"], ipv6)];
}

/**
 * Runs the commands.
 * @returns what they printed
 * @throws CommandError when one of them cannot be run
 */
export async function look(run: Run, asked: Batches): Promise<Batches> {
  const said: Batches = { all: "", ipv4: "", ipv6: "" };
  const commands = lookCommands(asked);
  const results = await Promise.all(commands.map(run));
  const places = (["all", "ipv4", "ipv6"] as const).filter((place) => asked[place] !== "");
  const texts = results.map((result, at) => {
    // With -force the status tells of missing tables too; what counts is that there is an answer.
    if (result.stdout === "") throw new CommandError(commands[at] as Command, result);
    return [places[at], result.stdout];
  });
  return { ...said, ...Object.fromEntries(texts) };
}

/**
 * Looks at links, addresses, rules, settings and routes of both families.
 * @throws CommandError when `ip` cannot be run or prints what cannot be read
 */
export async function observe(run: Run, options: ObserveOptions): Promise<KernelState> {
  return readLook(await look(run, questionsOf(options)), options);
}

/**
 * Reads what was printed. What rules there are is read when it is first asked for: mostly they are known by their text.
 * @throws Error when it cannot be read
 */
export function readLook(said: Batches, { tables }: ObserveOptions): KernelState {
  const lists = listsIn(said.all);
  const [lists4, lists6] = [listsIn(said.ipv4), listsIn(said.ipv6)];
  const links = parseLinks(readList(lists.shift()));
  const settings = parseSettings(readList(lists.shift()));
  const [rules4, rules6] = [(tables === null ? lists : lists4).shift(), lists6.shift()];
  const routes =
    tables === null
      ? TYPES.flatMap(() => parseRoutes(readList(lists.shift())))
      : tables.flatMap((table) => [
          ...parseRoutes(readList(lists4.shift()), table, 4),
          ...parseRoutes(readList(lists6.shift()), table, 6),
        ]);
  let rules: readonly SeenRule[] | undefined;
  return {
    links,
    routes,
    settings,
    get rules() {
      rules ??= [...parseRules(readList(rules4), 4), ...parseRules(readList(rules6), 6)];
      return rules;
    },
  };
}

/**
 * The line with the rules of a family, as it was printed, to be compared with what was printed another time; "" where they
 * were not asked for.
 */
export function rulesShown(said: Batches, { tables }: ObserveOptions, family: Family): string {
  if (family === 6) return lineOf(said.ipv6, 0);
  // Behind links and settings (`questionsOf`).
  return tables === null ? lineOf(said.all, 2) : lineOf(said.ipv4, 0);
}

/** One line of a text that may be very long. */
function lineOf(text: string, place: number): string {
  let begin = 0;
  for (let line = 0; line < place; line++) {
    const end = text.indexOf("\n", begin);
    if (end < 0) return "";
    begin = end + 1;
  }
  const end = text.indexOf("\n", begin);
  return end < 0 ? text.slice(begin) : text.slice(begin, end);
}

/**
 * One JSON array a line, in the order of the commands, as their texts. For a table that never had a route, or a family that
 * the kernel has not, some versions of iproute2 print an error and a lone `[`; that is an empty list.
 */
export function listsIn(text: string): string[] {
  return text.split("\n").flatMap((raw) => {
    const line = raw.trim();
    if (line === "") return [];
    // Such brackets may stand before the next list: what is listed are objects.
    const lone = /^\[*(?=\[)/.exec(line)?.[0] ?? "";
    const list = line.slice(lone.length);
    return [...lone, list].map((one) => (one === "[" ? "[]" : one));
  });
}

/**
 * Each is read just before it is used: what lives on beside many others is copied by the garbage collector.
 * @param list undefined or "": nothing was printed
 * @throws Error when it cannot be read
 */
export function readList(list: string | undefined): unknown[] {
  try {
    return JSON.parse(list || "[]");
  } catch (cause) {
    throw new Error(`cannot read what "ip ${BATCH.join(" ")}" printed`, { cause });
  }
}

interface JsonNetconf {
  family?: string;
  interface?: string;
  rp_filter?: string;
  ignore_routes_with_linkdown?: boolean;
}

const REVERSE_PATH: Record<string, number> = { off: 0, strict: 1, loose: 2 };

function parseSettings(json: unknown): InterfaceSettings[] {
  return (json as JsonNetconf[]).flatMap((entry) => {
    if (entry.interface === undefined || (entry.family !== "inet" && entry.family !== "inet6")) return [];
    return [
      {
        family: entry.family === "inet" ? 4 : 6,
        interface: entry.interface,
        reversePathFilter: REVERSE_PATH[entry.rp_filter ?? ""] ?? null,
        ignoreRoutesWithLinkdown: entry.ignore_routes_with_linkdown === true,
      },
    ];
  });
}
