/** What the verdicts mean for the choice of uplinks. Pure, and small: hooks load it. */

import type { Verdict } from "./health.ts";

/**
 * - `full`: as if there were no check
 * - `reserve`: only while no uplink is `full`, whatever its tier
 * - `none`: not
 */
export type Use = "full" | "reserve" | "none";

/**
 * How far each uplink is to be used.
 *
 * - up, unknown, not checked: full; a check that cannot run says nothing against a line
 * - checking: full if it is in the last choice (a line is not left while it is being looked at), else none (nor is a new
 *   one taken before it has answered)
 * - degraded: reserve
 * - down: none
 *
 * Never all `none`: if no uplink would be left, those that are being checked are kept in reserve; if there are none, those
 * of the last choice, the last good path; if none of these is a candidate, all.
 *
 * @param verdicts by name, of the uplinks that work but for their health (link, address, gateway, not switched off), for
 * one family or for all; null: not checked
 * @param lastChoice names of the uplinks that were used last
 */
export function usable(
  verdicts: Readonly<Record<string, Verdict | null>>,
  lastChoice: readonly string[],
): Readonly<Record<string, Use>> {
  const candidates = Object.entries(verdicts);
  const uses = candidates.map(([name, verdict]): [string, Use] => [
    name,
    useOf(verdict, lastChoice.includes(name)),
  ]);
  if (uses.some(([, use]) => use !== "none")) return Object.fromEntries(uses);
  const checking = candidates.filter(([, verdict]) => verdict === "checking");
  const last = candidates.filter(([name]) => lastChoice.includes(name));
  const kept = [checking, last, candidates].find((some) => some.length > 0) ?? [];
  const names = new Set(kept.map(([name]) => name));
  return Object.fromEntries(candidates.map(([name]) => [name, names.has(name) ? "reserve" : "none"]));
}

function useOf(verdict: Verdict | null, chosen: boolean): Use {
  switch (verdict) {
    case null:
    case "up":
    case "unknown":
      return "full";
    case "checking":
      return chosen ? "full" : "none";
    case "degraded":
      return "reserve";
    case "down":
      return "none";
  }
}
