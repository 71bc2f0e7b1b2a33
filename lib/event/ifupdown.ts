/** ifupdown's if-up.d and if-post-down.d: no arguments, one run for each stanza of an interface, variables. */

import { hostAddress, nameServers } from "./addresses.ts";
import { type LinkEvent, NO_FACTS, type ParseEvent } from "./event.ts";
import { quoted, readInterface } from "./text.ts";

type Environment = Parameters<ParseEvent>[1];

/** Methods of which somebody else tells, or nobody needs to. */
const FOREIGN_METHODS = new Map([
  ["NetworkManager", "NetworkManager tells of it itself"],
  ["ppp", "pppd tells of it itself, under the kernel's name"],
  ["wvdial", "pppd tells of it itself, under the kernel's name"],
  ["loopback", "loopback is never an uplink"],
]);

/**
 * What ifup and ifdown tell. In: the variables of one stanza; arguments are not looked at. Out: kind "up" after
 * if-up.d, "down" after if-post-down.d, with the stanza's gateway and name servers, or why it is ignored.
 * An alias going down is a "change": the interface below it stays.
 */
export const parseIfupdown: ParseEvent = (_argv, env) => {
  const reason = whyIgnored(env);
  if (reason !== null) return { ignore: reason };
  const kind = readKind(env);
  if (kind === null) return { ignore: `ifupdown phase ${quoted(env.PHASE ?? "")} needs nothing` };
  const [device = "", label] = (env.IFACE ?? "").split(":", 2);
  const name = readInterface(device);
  if (typeof name !== "string") return name;
  return {
    source: "ifupdown",
    kind: label !== undefined && kind === "down" ? "change" : kind,
    interface: name,
    facts: {
      ...NO_FACTS,
      gateway4: hostAddress(env.IF_GATEWAY, 4),
      gateway6: hostAddress(env.IF_GATEWAY, 6),
      dns: nameServers(env.IF_DNS_NAMESERVERS, env.IF_DNS_NAMESERVER),
    },
  };
};

function whyIgnored(env: Environment): string | null {
  if (env.IFACE === "--all") return "--all is not an interface";
  const method = FOREIGN_METHODS.get(env.METHOD ?? "");
  if (method !== undefined) return method;
  // ifupdown2 joins the families of an interface: "inet,inet6".
  const families = (env.ADDRFAM ?? "inet").split(",");
  return families.includes("inet") || families.includes("inet6")
    ? null
    : `address family ${quoted(env.ADDRFAM ?? "")} is not of the internet`;
}

/** PHASE says it; MODE does for a caller that sets no PHASE. Before the fact there is nothing to do yet. */
function readKind(env: Environment): LinkEvent["kind"] | null {
  const phase = env.PHASE ?? (env.MODE === "start" ? "post-up" : env.MODE === "stop" ? "post-down" : "");
  return phase === "post-up" ? "up" : phase === "post-down" ? "down" : null;
}
