/**
 * Each name server is reached through its own uplink: a table of host routes, looked at behind the `[[rule]]`s of the
 * file and before the choice. A provider's server refuses whoever asks it by another provider's line, and what is asked
 * there is nobody else's business; so while the line is down its servers are unreachable.
 */

import type { Config } from "../config/types.ts";
import { connectedPrefix, type Link } from "../kernel/link.ts";
import { LAST_METRIC, type Route } from "../kernel/route.ts";
import { contains, type Family } from "../net/prefix.ts";
import { choiceMetric } from "../plan/choice.ts";
import { TABLE } from "../plan/layout.ts";
import { along, route } from "../plan/routes.ts";
import { livePath, type UplinkState } from "../plan/uplink-state.ts";
import type { NameServers } from "./servers.ts";

/** A drained uplink has its servers to itself as long as no other has them too. Metrics of the choice are smaller. */
const DRAINED = 1_000_000;

/**
 * For each server a route by each of its uplinks that works, the best first, as in the choice; and behind them the guard.
 * A server in a network that this machine stands in with a device that is no uplink needs none of it.
 */
export function nameServerRoutes(
  config: Config,
  uplinks: readonly UplinkState[],
  servers: NameServers,
  links: readonly Link[],
): Route[] {
  const devices = new Set(uplinks.map((uplink) => uplink.interface));
  const inside = links
    .filter(({ name }) => !devices.has(name))
    .flatMap(({ addresses }) => addresses.map(connectedPrefix));
  const all = [...new Set(Object.values(servers).flat())];
  const outside = all.filter((server) => !inside.some((network) => contains(network, server)));
  return outside.flatMap((server) => {
    const family: Family = server.includes(":") ? 6 : 4;
    const owners = uplinks.filter(({ uplink }) => servers[uplink.name]?.includes(server));
    return [
      ...owners.flatMap((owner) => wayTo(server, family, owner, config)),
      route(family, TABLE.nameServers, { type: "unreachable", destination: server, metric: LAST_METRIC }),
    ];
  });
}

function wayTo(server: string, family: Family, owner: UplinkState, config: Config): Route[] {
  const path = livePath(owner, family);
  if (path === null || owner.link === null) return [];
  const metric = choiceMetric(config, owner, family) + (owner.drained ? DRAINED : 0);
  const rest = { destination: server, metric };
  const isNear = path.networks.some((network) => contains(network, server));
  return [
    isNear
      ? along({ ...path, gateway: null, onlink: false }, owner.link.name, TABLE.nameServers, rest)
      : along(path, owner.link.name, TABLE.nameServers, rest),
  ];
}

/**
 * IPv6 servers that no line reaches now. The kernel asks again for the route of its own packets when the first answer is
 * "unreachable", with a source address that it has chosen by itself (ip6_dst_lookup_tail), and the source rules stand
 * before the name servers': so the packet filter has to refuse them. What a `[[rule]]` names by its address is the rule's.
 */
export function closedServers6(config: Config, routes: readonly Route[]): string[] {
  const own = routes.filter((one) => one.family === 6 && one.table === TABLE.nameServers);
  const open = new Set(own.filter(({ type }) => type === "unicast").map(({ destination }) => destination));
  const isNamed = (server: string) =>
    config.rules.some(({ destination }) => destination.some((prefix) => contains(prefix, server)));
  return routedServers(own, 6).filter((server) => !open.has(server) && !isNamed(server));
}

/** Servers of a family that have routes of their own. */
export function routedServers(routes: readonly Route[], family: Family): string[] {
  const own = routes.filter((one) => one.family === family && one.table === TABLE.nameServers);
  return [...new Set(own.map(({ destination }) => destination))];
}
