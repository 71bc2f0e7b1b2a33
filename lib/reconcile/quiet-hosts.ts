/** Addresses of a LAN that nobody on this machine talks to. */

import type { Prefix } from "../net/prefix.ts";

/** So many addresses are looked at; a LAN whose end is as crowded as that has none. */
const LOOKED_AT = 64;

/**
 * Host addresses of an IPv4 network, the last ones first, without those that are taken.
 * @returns at most `count`; fewer if the network is small or crowded
 */
export function quietHosts(network: Prefix, taken: ReadonlySet<string>, count: number): string[] {
  const first = network.address.split(".").reduce((number, part) => number * 256 + Number(part), 0);
  const broadcast = first + 2 ** (32 - network.length) - 1;
  const found: string[] = [];
  for (let host = broadcast - 1; host > first && host >= broadcast - LOOKED_AT; host--) {
    if (found.length >= count) break;
    const address = [24, 16, 8, 0].map((shift) => Math.floor(host / 2 ** shift) % 256).join(".");
    if (!taken.has(address)) found.push(address);
  }
  return found;
}
