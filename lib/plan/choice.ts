/** Which uplinks new connections go to: the best tier that works, shared by weight; the others in order behind it. */

import type { Config } from "../config/types.ts";
import type { Family } from "../net/prefix.ts";
import { livePath, type UplinkState, useOf } from "./uplink-state.ts";

/**
 * Names of the uplinks that new connections are shared between by weight: those of the choice that pin, since a
 * connection that is not pinned would be shared out packet by packet. Fewer than two: nobody, and the routes decide.
 */
export function sharing(choice: Choice): string[] {
  const names = choice.best.filter(({ uplink }) => uplink.pin).map(({ uplink }) => uplink.name);
  return names.length < 2 ? [] : names;
}

export interface Choice {
  /** Every uplink that could carry new connections of the family, best first. */
  readonly ranked: readonly UplinkState[];
  /** Those of the best tier: the choice in force. */
  readonly best: readonly UplinkState[];
}

/**
 * Ranks the uplinks that carry packets of the family: those in full use before those in reserve, by tier, then by
 * their place in the file.
 */
export function choose(uplinks: readonly UplinkState[], family: Family): Choice {
  const ranked = uplinks
    .filter((uplink) => livePath(uplink, family) !== null && !uplink.drained)
    // Array.prototype.sort is stable: within a tier the file's order stays.
    .sort((left, right) => rank(left, family) - rank(right, family));
  const first = ranked[0];
  const best = ranked.filter((uplink) => first !== undefined && rank(uplink, family) === rank(first, family));
  return { ranked, best };
}

/** More than any tier: what is in reserve stands behind all that is not. */
const RESERVE = 1024;

/** Lower is better. */
function rank(uplink: UplinkState, family: Family): number {
  return uplink.uplink.tier + (useOf(uplink, family) === "reserve" ? RESERVE : 0);
}

/**
 * The metric of an uplink's default route in the choice table: it depends on nothing but the file and the uplink's own
 * health, so that a change on one uplink rewrites no other's route. Tier 1 to 1000 and place 0 to 254.
 */
export function choiceMetric(config: Config, uplink: UplinkState, family: Family): number {
  return rank(uplink, family) * 256 + (placesIn(config).get(uplink.uplink.name) ?? 0);
}

const places = new WeakMap<Config, ReadonlyMap<string, number>>();

/** By name, the places of the uplinks in the file. */
function placesIn(config: Config): ReadonlyMap<string, number> {
  const known = places.get(config) ?? new Map(config.uplinks.map(({ name }, place) => [name, place]));
  places.set(config, known);
  return known;
}

/** Names of the uplinks in tiers with two or more of them: those that balancing may ever mark. */
export function balanceable(config: Config): string[] {
  const members = new Map<number, number>();
  for (const { tier } of config.uplinks) members.set(tier, (members.get(tier) ?? 0) + 1);
  return config.uplinks.filter(({ tier }) => (members.get(tier) ?? 0) > 1).map(({ name }) => name);
}
