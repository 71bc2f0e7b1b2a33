/** Which name servers belong to which uplink. Pure. */

import type { UplinkState } from "../plan/uplink-state.ts";
import type { State } from "../state/record.ts";

/** By uplink name: canonical addresses of both families, in the order of preference; none: no entry. */
export type NameServers = Readonly<Record<string, readonly string[]>>;

/**
 * What the configuration says; else what the line's caller (pppd, NetworkManager, DHCP) told of the device that it is now;
 * else what was told last: while a line is away nobody says where its servers are, and they must not be asked by
 * another line.
 */
export function nameServersOf(uplinks: readonly UplinkState[], state: State): NameServers {
  const entries = uplinks.flatMap((uplink): [string, readonly string[]][] => {
    const { name, dns } = uplink.uplink;
    const servers = dns ?? told(uplink, state) ?? remembered(state, name);
    return servers.length === 0 ? [] : [[name, servers]];
  });
  return Object.fromEntries(entries);
}

function told({ link }: UplinkState, state: State): readonly string[] | null {
  const known = link === null ? undefined : state.facts[link.name];
  return known === undefined || known.index !== link?.index || known.facts.dns.length === 0
    ? null
    : known.facts.dns;
}

function remembered(state: State, name: string): readonly string[] {
  // A state that an older version wrote has no such list.
  return (state.nameServers as NameServers | undefined)?.[name] ?? [];
}
