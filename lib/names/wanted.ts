/** Which name servers the machine's resolver is to be told of: those of the uplinks in use. Pure. */

import type { Config, Publish, Uplink } from "../config/types.ts";
import type { State } from "../state/record.ts";

/** The servers of one uplink. */
export interface PublishedServers {
  readonly uplink: string;
  readonly interface: string;
  /** The kernel's number of that device: a device that came anew has another, though its name is the same. */
  readonly index: number;
  /** At least one, in the order of preference. */
  readonly servers: readonly string[];
}

/** What is to be published, by whom; without entries nothing. */
export interface Wanted {
  readonly publish: Publish;
  /** In the order of preference; no server is named twice. */
  readonly entries: readonly PublishedServers[];
  /** Another number has the same published once more: somebody may have wiped it. */
  readonly round: number;
}

/**
 * The servers of the choice. If nobody told of any of theirs, those of the best other uplink that has some: each is
 * reached through its own uplink, so they answer all the same.
 */
export function wantedNames(config: Config, state: State, round: number): Wanted {
  const { publish } = config.dns;
  if (publish === "none") return { publish, entries: [], round };
  const chosen = config.uplinks.filter(({ name }) => state.choice.includes(name));
  const entries = entriesOf(chosen, state);
  if (entries.length > 0) return { publish, entries, round };
  // Array.prototype.sort is stable: within a tier the file's order stays.
  const others = config.uplinks
    .filter(({ name }) => !state.choice.includes(name) && state.manual[name] === undefined)
    .sort((left, right) => left.tier - right.tier);
  return { publish, entries: entriesOf(others, state).slice(0, 1), round };
}

function entriesOf(uplinks: readonly Uplink[], state: State): PublishedServers[] {
  const named = new Set<string>();
  return uplinks.flatMap(({ name }) => {
    const record = state.uplinks[name];
    if (record?.state !== "up" || record.interface === null || record.index === null) return [];
    // A server of a family that the line does not carry would only be waited for in vain.
    const families = { 4: record.address4 !== null, 6: record.address6 !== null };
    const servers = (state.nameServers[name] ?? []).filter(
      (server) => families[server.includes(":") ? 6 : 4] && !named.has(server),
    );
    for (const server of servers) named.add(server);
    return servers.length === 0
      ? []
      : [{ uplink: name, interface: record.interface, index: record.index, servers }];
  });
}
