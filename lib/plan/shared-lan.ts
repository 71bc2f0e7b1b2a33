/** Uplinks that stand in one and the same LAN: the laptop with a cable and Wi-Fi. */

import { formatPrefix, type Prefix } from "../net/prefix.ts";
import type { UplinkState } from "./uplink-state.ts";

export interface SharedLan {
  readonly network: Prefix;
  /** Two or more, in the order given. */
  readonly members: readonly UplinkState[];
}

/**
 * Finds IPv4 networks that two or more uplinks have an address in and reach the same gateway through. Two routers
 * that happen to use the same private network have different lines behind them; nothing in the kernel tells them
 * apart, so the same network and gateway on two devices is taken to be one LAN.
 */
export function sharedLans(uplinks: readonly UplinkState[]): readonly SharedLan[] {
  const before = known.get(uplinks);
  if (before !== undefined) return before;
  const found = findShared(uplinks);
  known.set(uplinks, found);
  return found;
}

/** Every part of a plan asks for them. */
const known = new WeakMap<readonly UplinkState[], readonly SharedLan[]>();

function findShared(uplinks: readonly UplinkState[]): SharedLan[] {
  const groups = new Map<string, { readonly network: Prefix; readonly members: UplinkState[] }>();
  for (const uplink of uplinks) {
    if (uplink.path4 === null || uplink.path4.gateway === null || uplink.state === "disabled") continue;
    for (const network of uplink.path4.networks) {
      const key = `${formatPrefix(network)} ${uplink.path4.gateway}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, { network, members: [uplink] });
      else group.members.push(uplink);
    }
  }
  return [...groups.values()].filter((group) => group.members.length > 1);
}
