/** The rules of a family, whoever made them, and its routes to one address, as the kernel has them now. */

import { type Command, CommandError, type Run } from "../kernel/command.ts";
import type { InterfaceSettings } from "../kernel/observe.ts";
import { parseRules } from "../kernel/rule.ts";
import type { Family } from "../net/prefix.ts";
import { parseTableRoutes } from "./table-route.ts";
import { type Routes, routesOf, type WalkRule } from "./walk.ts";

/**
 * Reads them.
 * @param to only routes that cover this address, or a file of 100,000 prefixes would be printed too
 * @throws CommandError when `ip` does not tell
 */
export async function readRouting(
  run: Run,
  family: Family,
  to: string,
  settings: readonly InterfaceSettings[],
): Promise<{ rules: readonly WalkRule[]; routes: Routes }> {
  const [rules, routes] = await Promise.all([
    readList(run, ["-N", "-d", "-j", `-${family}`, "rule", "show"]),
    readList(run, ["-N", "-d", "-j", `-${family}`, "route", "show", "table", "all", "match", to]),
  ]);
  const passedOver = settings.filter((entry) => entry.family === family && entry.ignoreRoutesWithLinkdown);
  return {
    rules: parseRules(rules, family),
    routes: routesOf(parseTableRoutes(routes, family), new Set(passedOver.map((entry) => entry.interface))),
  };
}

async function readList(run: Run, args: readonly string[]): Promise<unknown> {
  const command: Command = { file: "ip", args };
  const result = await run(command);
  if (result.exitCode !== 0) throw new CommandError(command, result);
  return result.stdout.trim() === "" ? [] : JSON.parse(result.stdout);
}
