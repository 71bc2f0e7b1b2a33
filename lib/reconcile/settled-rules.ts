/**
 * Routing rules that are known to need no change. Who finds the same rules again, and wants what is made from the same source,
 * knows it from the time before: then the rules, two for each uplink and more, need be neither read nor made.
 */

import { type Batches, type ObserveOptions, rulesShown } from "../kernel/observe.ts";
import type { RoutingChanges } from "../plan/changes.ts";
import type { Desired } from "../plan/desired.ts";
import { messageOf } from "../state/files.ts";
import type { World } from "./world.ts";

/** What is wanted and what is there, in one text; null: not all of it was shown. */
export function settledText(
  { ruleSource, ipv6 }: Desired,
  said: Batches,
  asked: ObserveOptions,
): string | null {
  if (ipv6 && !asked.ipv6Rules) return null;
  return [JSON.stringify(ruleSource), rulesShown(said, asked, 4), rulesShown(said, asked, 6)].join("\n");
}

/** Whether nothing had to be changed when this was found the last time. */
export function areSettled(world: World, text: string | null): boolean {
  return text !== null && world.settledRules() === text;
}

/** Keeps it for the next time, if no rule has to be changed. @returns what stopped it */
export function keepSettled(world: World, text: string | null, { lines, lines6 }: RoutingChanges): string[] {
  if (text === null || [...lines, ...lines6].some((line) => line.startsWith("rule "))) return [];
  try {
    world.keepSettledRules(text);
    return [];
  } catch (error) {
    return [`cannot keep which rules need no change: ${messageOf(error)}`];
  }
}
