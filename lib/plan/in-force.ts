/** Where new connections really go now: what the kernel holds, not what it is to hold. */

import type { KernelState } from "../kernel/observe.ts";
import type { Family } from "../net/prefix.ts";
import { TABLE } from "./layout.ts";
import type { UplinkState } from "./uplink-state.ts";

/**
 * Names of the uplinks whose default routes in the choice table are in use: those of the best rank whose device has a
 * carrier, since the kernel passes over the others (`ignore_routes_with_linkdown`). IPv4 if it has any, else IPv6.
 */
export function choiceInForce(uplinks: readonly UplinkState[], kernel: KernelState): string[] {
  const ipv4 = best(uplinks, kernel, 4);
  return ipv4.length > 0 ? ipv4 : best(uplinks, kernel, 6);
}

function best(uplinks: readonly UplinkState[], kernel: KernelState, family: Family): string[] {
  const metrics = new Map(
    kernel.routes
      .filter((route) => route.table === TABLE.choice && route.family === family && route.type === "unicast")
      .map(({ device, metric }) => [device, metric]),
  );
  const ranked = uplinks.flatMap(({ uplink, link }) => {
    const metric = link?.up === true && link.carrier ? metrics.get(link.name) : undefined;
    return metric === undefined ? [] : [{ name: uplink.name, metric, rank: rankOf(metric) }];
  });
  const first = Math.min(...ranked.map(({ rank }) => rank));
  return ranked
    .filter(({ rank }) => rank === first)
    .sort((left, right) => left.metric - right.metric)
    .map(({ name }) => name);
}

/** Of the metrics that `choiceMetric` gives: behind the rank comes the place in the file. */
const rankOf = (metric: number) => Math.floor(metric / 256);
