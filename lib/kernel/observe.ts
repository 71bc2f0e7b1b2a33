/** Reads what the kernel has, in as few processes as can be. */

import type { Family } from "../net/prefix.ts";
import { type Command, CommandError, type Result, type Run } from "./command.ts";
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

const BATCH = ["-N", "-j", "-force", "-batch", "-"] as const;

/** The commands that `observe` runs, for those who want to show them. */
export function observeCommands(options: ObserveOptions): readonly [Command, ...Command[]] {
  const tables = (options.tables ?? []).map((table) => `route show table ${table}`);
  const lines = [
    "address show",
    "rule show",
    "netconf show",
    ...(options.tables === null ? ["route show table all"] : tables),
  ];
  const main: Command = { file: "ip", args: BATCH, input: `${lines.join("\n")}\n` };
  if (!options.ipv6Rules && options.tables === null) return [main];
  // A line of a batch cannot ask for IPv6 (ip(8): -6 holds for the whole batch).
  return [main, { file: "ip", args: ["-6", ...BATCH], input: `${["rule show", ...tables].join("\n")}\n` }];
}

/** What the commands printed, not yet read. */
export interface Look {
  readonly main: Result;
  /** null: not asked for. */
  readonly ipv6: Result | null;
}

/** Runs the commands. */
export async function look(run: Run, options: ObserveOptions): Promise<Look> {
  const [main, ipv6] = await Promise.all(observeCommands(options).map(run));
  return { main: main as Result, ipv6: ipv6 ?? null };
}

/**
 * Looks at links, addresses, rules, settings and routes of both families.
 * @throws CommandError when `ip` cannot be run or prints what cannot be read
 */
export async function observe(run: Run, options: ObserveOptions): Promise<KernelState> {
  return readLook(await look(run, options), options);
}

/**
 * Reads what was printed.
 * @throws CommandError or Error when it cannot be read
 */
export function readLook({ main, ipv6 }: Look, options: ObserveOptions): KernelState {
  const [command, command6] = observeCommands(options);
  const lists = jsonLines(command, main);
  const lists6 = ipv6 === null || command6 === undefined ? [] : jsonLines(command6, ipv6);
  const next = () => lists.shift() ?? [];
  const links = parseLinks(next());
  const rules = parseRules(next(), 4);
  const settings = parseSettings(next());
  rules.push(...parseRules(lists6.shift() ?? [], 6));
  const routes =
    options.tables === null
      ? parseRoutes(next())
      : options.tables.flatMap((table) => [
          ...parseRoutes(next(), table),
          ...parseRoutes(lists6.shift() ?? [], table, 6),
        ]);
  return { links, routes, rules, settings };
}

/**
 * One JSON array a line, in the order of the commands. For a table that never had a route some versions of iproute2
 * print an error and a lone `[`; that is an empty list.
 */
function jsonLines(command: Command, result: Result): unknown[][] {
  // With -force the status tells of missing tables too; what counts is that the first list is there.
  try {
    const lists = result.stdout
      .replace(/^\[(?=\[)/gm, "[]\n")
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "")
      .map((line) => (line === "[" ? [] : (JSON.parse(line) as unknown[])));
    if (lists.length > 0) return lists;
  } catch (cause) {
    throw new Error(`cannot read what "${command.file} ${command.args.join(" ")}" printed`, { cause });
  }
  throw new CommandError(command, result);
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
