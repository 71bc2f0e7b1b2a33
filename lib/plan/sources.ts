/** Where traffic of this machine's own goes that already has an uplink's address. */

import type { Family } from "../net/prefix.ts";
import { contains } from "../net/prefix.ts";
import { type SharedLan, sharedLans } from "./shared-lan.ts";
import { livePath, type UplinkState } from "./uplink-state.ts";

export interface SourceTable {
  readonly address: string;
  readonly table: number;
}

/**
 * One entry for each address of an uplink that is not `loose`, also while it is down: its guard then keeps what has
 * its address from leaving elsewhere. But an address of a LAN that several uplinks stand in is good on each of them, and
 * two of them may even bear the same one: it goes by the one that works.
 */
export function planSources(uplinks: readonly UplinkState[], family: Family): SourceTable[] {
  const ranked = [...uplinks].sort((left, right) => left.uplink.tier - right.uplink.tier);
  // Those of the uplinks in the order given are known already; mostly there are none.
  const lans = family === 4 && sharedLans(uplinks).length > 0 ? sharedLans(ranked) : [];
  const holders = holdersOf(ranked, family);
  const tables = new Map<string, number>();
  for (const uplink of ranked) {
    if (uplink.uplink.loose) continue;
    for (const address of addressesOf(uplink, family)) {
      if (tables.has(address)) continue;
      const others = holders.get(address) ?? [];
      const candidates = lans.length === 0 ? others : [...others, ...neighbours(lans, address)];
      const best = candidates.find((candidate) => livePath(candidate, family) !== null);
      tables.set(address, (best ?? uplink).table);
    }
  }
  return [...tables].map(([address, table]) => ({ address, table }));
}

function addressesOf(uplink: UplinkState, family: Family): readonly string[] {
  return (family === 4 ? uplink.path4 : uplink.path6)?.addresses ?? [];
}

/** By address, who has it. */
function holdersOf(uplinks: readonly UplinkState[], family: Family): Map<string, UplinkState[]> {
  const holders = new Map<string, UplinkState[]>();
  for (const uplink of uplinks) {
    for (const address of addressesOf(uplink, family)) {
      const others = holders.get(address);
      if (others === undefined) holders.set(address, [uplink]);
      else if (others.at(-1) !== uplink) others.push(uplink);
    }
  }
  return holders;
}

/** Uplinks that stand in a shared LAN that the address is of. */
function neighbours(lans: readonly SharedLan[], address: string): readonly UplinkState[] {
  return lans.flatMap(({ network, members }) => (contains(network, address) ? members : []));
}
