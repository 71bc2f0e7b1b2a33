/** Whether a command can be run over an uplink, and with what. Pure. */

import type { KernelState } from "../kernel/observe.ts";
import { PROTOCOL } from "../kernel/route.ts";
import type { Family } from "../net/prefix.ts";
import { livePath, type UplinkState } from "../plan/uplink-state.ts";

/** What the command's sockets get. */
export interface UseOrder {
  readonly mark: number;
  /** IPv6 packets with the mark are led by Waymark's rules; else the internet's addresses are refused to the command. */
  readonly ipv6: boolean;
  /** Name servers of the uplink's, at most 3 (resolv.conf(5)); none: the machine's own are asked. */
  readonly servers: readonly string[];
}

/** Why not, in words. */
export interface Refusal {
  readonly refuse: string;
}

/** Of resolv.conf(5). */
const MOST_SERVERS = 3;

/**
 * @param kernel the kernel as it is: what should be there is not enough
 * @param servers what is known of the uplink's name servers: canonical addresses
 */
export function planUse(
  uplink: UplinkState,
  kernel: KernelState,
  servers: readonly string[],
): UseOrder | Refusal {
  const { name } = uplink.uplink;
  if (uplink.state !== "up") {
    const why = uplink.reason === "" ? "" : `: ${uplink.reason}`;
    return { refuse: `${name} is ${uplink.state}${why}` };
  }
  const families = ([4, 6] as const).filter((family) => isLed(uplink, kernel, family));
  if (!families.some((family) => isRouted(uplink, kernel, family))) {
    return { refuse: `the kernel lacks the rule or the route that leads to ${name}: sudo waymark apply` };
  }
  return {
    mark: uplink.mark,
    ipv6: families.includes(6),
    servers: servers.filter((server) => isReached(uplink, server)).slice(0, MOST_SERVERS),
  };
}

/** A rule leads what bears the mark to the uplink's table. */
function isLed(uplink: UplinkState, kernel: KernelState, family: Family): boolean {
  return kernel.rules.some(
    ({ protocol, rule }) =>
      protocol === PROTOCOL &&
      rule?.family === family &&
      rule.selector.mark?.value === uplink.mark &&
      rule.action.kind === "lookup" &&
      rule.action.table === uplink.table,
  );
}

/** The table leads to the uplink. */
function isRouted(uplink: UplinkState, kernel: KernelState, family: Family): boolean {
  return (
    livePath(uplink, family) !== null &&
    kernel.routes.some(
      (route) =>
        route.table === uplink.table &&
        route.family === family &&
        route.type === "unicast" &&
        route.destination === "default" &&
        route.device === uplink.link?.name,
    )
  );
}

/** By way of the uplink; a link-local address would need the device's name, which resolv.conf has no room for. */
function isReached(uplink: UplinkState, server: string): boolean {
  return server.includes(":")
    ? livePath(uplink, 6) !== null && !server.startsWith("fe80:")
    : livePath(uplink, 4) !== null;
}

/** Whether every name server in the text of resolv.conf(5) is this machine itself. */
export function asksItself(resolvConf: string): boolean {
  const servers = [...resolvConf.matchAll(/^[ \t]*nameserver[ \t]+(\S+)/gm)].map((found) => found[1] ?? "");
  return servers.every((server) => server.startsWith("127.") || server === "::1");
}
