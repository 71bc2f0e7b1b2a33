/** Links and their addresses, as `ip -j address` shows them. */

import type { Family } from "../net/prefix.ts";
import { networkOf, type Prefix } from "../net/prefix.ts";

export interface Address {
  readonly family: Family;
  readonly local: string;
  /** Prefix length of the network the address lies in; for point-to-point links that of the peer. */
  readonly length: number;
  /** The far end of a point-to-point address. */
  readonly peer: string | null;
  /** Usable beyond the link: scope global, not deprecated, duplicate detection done. */
  readonly usable: boolean;
}

export interface Link {
  readonly index: number;
  readonly name: string;
  /** Administratively up. */
  readonly up: boolean;
  /** The driver reports a carrier (LOWER_UP). */
  readonly carrier: boolean;
  readonly pointToPoint: boolean;
  /** Link-layer address as the kernel prints it; null: it has none. */
  readonly hardwareAddress: string | null;
  readonly addresses: readonly Address[];
}

/** What iproute2 prints for one link; only the fields used here. */
interface JsonLink {
  ifindex?: number;
  ifname?: string;
  flags?: string[];
  address?: string;
  addr_info?: JsonAddress[];
}

interface JsonAddress {
  family?: string;
  local?: string;
  address?: string;
  prefixlen?: number;
  scope?: string | number;
  tentative?: boolean;
  deprecated?: boolean;
  dadfailed?: boolean;
}

/** Reads the array that `ip -N -j address show` prints; entries that are no links are left out. */
export function parseLinks(json: unknown): Link[] {
  return (json as JsonLink[]).flatMap((entry) => {
    if (entry.ifname === undefined || entry.ifindex === undefined) return [];
    const flags = entry.flags ?? [];
    return [
      {
        index: entry.ifindex,
        name: entry.ifname,
        up: flags.includes("UP"),
        carrier: flags.includes("LOWER_UP"),
        pointToPoint: flags.includes("POINTOPOINT"),
        hardwareAddress: entry.address ?? null,
        addresses: (entry.addr_info ?? []).flatMap(parseAddressEntry),
      },
    ];
  });
}

function parseAddressEntry(entry: JsonAddress): Address[] {
  if (entry.local === undefined || entry.prefixlen === undefined) return [];
  if (entry.family !== "inet" && entry.family !== "inet6") return [];
  const flawed = entry.tentative === true || entry.dadfailed === true || entry.deprecated === true;
  return [
    {
      family: entry.family === "inet" ? 4 : 6,
      local: entry.local,
      length: entry.prefixlen,
      peer: entry.address ?? null,
      usable: isGlobal(entry.scope) && !flawed,
    },
  ];
}

/** Scope "global" by name or number; iproute2 prints the number under -N. */
function isGlobal(scope: string | number | undefined): boolean {
  return scope === "global" || String(scope) === "0";
}

/** The network directly reachable through an address: that of the peer where there is one. */
export function connectedPrefix(address: Address): Prefix {
  return networkOf(address.peer ?? address.local, address.family, address.length);
}
