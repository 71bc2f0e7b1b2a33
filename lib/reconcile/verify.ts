/** Looks whether the kernel took what it was given, in the same process that gave it. */

import { type KernelState, type ObserveOptions, observeCommands, readLook } from "../kernel/observe.ts";
import { routingChanges } from "../plan/changes.ts";
import type { Desired } from "../plan/desired.ts";

/** Lines that make the batch that changed something show everything again behind its changes. */
export function showAgain(options: ObserveOptions): string[] {
  return (observeCommands(options)[0].input ?? "").split("\n").filter((line) => line !== "");
}

/**
 * What is still not as wanted: IPv4 rules, and routes of both families.
 * @param said what the batch printed behind its changes
 * @returns a message for each
 */
export function leftUndone(
  desired: Desired,
  said: string,
  options: ObserveOptions,
  prefixTables: ReadonlySet<number>,
): string[] {
  const main = { exitCode: 0, stdout: said, stderr: "" };
  const kernel: KernelState = readLook(
    { main, ipv6: null },
    { ...options, ipv6Rules: false, tables: options.tables },
  );
  const routes =
    options.tables === null ? desired.routes : desired.routes.filter((route) => route.family === 4);
  const rules = desired.rules.filter((rule) => rule.family === 4);
  const { lines } = routingChanges({ routes, rules }, kernel, prefixTables);
  return lines.map((line) => `the kernel did not keep what it was given: still to do: ip ${line}`);
}
