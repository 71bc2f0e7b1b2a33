/** dhclient's exit hooks and dhcpcd's hooks: no arguments, variables of dhclient-script(8) and dhcpcd-run-hooks(8). */

import { firstHostAddress, hostAddress, nameServers } from "./addresses.ts";
import { type Facts, type LinkEvent, NO_FACTS, type ParseEvent } from "./event.ts";
import { quoted, readInterface } from "./text.ts";

type Environment = Parameters<ParseEvent>[1];
type Kinds = ReadonlyMap<string, LinkEvent["kind"]>;

/** A `6` at the end says that it is about IPv6. What is missing here (PREINIT, ARPCHECK, MEDIUM, …) comes before the fact. */
const DHCLIENT_KINDS: Kinds = new Map([
  ["BOUND", "up"],
  ["RENEW", "up"],
  ["REBIND", "up"],
  ["REBOOT", "up"],
  // No server; the old lease is tried, and given up again if its router does not answer.
  ["TIMEOUT", "change"],
  ["DEPREF", "change"],
  ["EXPIRE", "down"],
  ["FAIL", "down"],
  ["RELEASE", "down"],
  ["STOP", "down"],
]);

const DHCPCD_KINDS: Kinds = new Map([
  ["CARRIER", "up"],
  ["BOUND", "up"],
  ["RENEW", "up"],
  ["REBIND", "up"],
  ["REBOOT", "up"],
  ["INFORM", "up"],
  ["STATIC", "up"],
  ["IPV4LL", "up"],
  ["TIMEOUT", "change"],
  ["ROUTERADVERT", "change"],
  ["DELEGATED", "change"],
  ["3RDPARTY", "change"],
  ["RECONFIGURE", "change"],
  // The addresses stay.
  ["NOCARRIER_ROAMING", "change"],
  ["NOCARRIER", "down"],
  ["EXPIRE", "down"],
  ["FAIL", "down"],
  ["NAK", "down"],
  ["RELEASE", "down"],
  ["STOP", "down"],
  ["STOPPED", "down"],
  ["DEPARTED", "down"],
]);

/**
 * What dhclient tells of a lease. In: the variables of dhclient-script(8); arguments are the caller's own and not looked
 * at. Out: the event with the lease's address, router and name servers, or why it is ignored.
 */
export const parseDhclient: ParseEvent = (_argv, env) =>
  parseClient("dhclient", DHCLIENT_KINDS, env, {
    ...NO_FACTS,
    local4: hostAddress(env.new_ip_address, 4),
    local6: hostAddress(env.new_ip6_address, 6),
    gateway4: routerOf(env.new_routers, networksInOctets(env.new_rfc3442_classless_static_routes)),
    dns: nameServers(env.new_domain_name_servers, env.new_dhcp6_name_servers),
  });

/**
 * What dhcpcd tells of a lease, a router advertisement or the cable. In: the variables of dhcpcd-run-hooks(8); arguments
 * are not looked at. Out: as for {@link parseDhclient}.
 */
export const parseDhcpcd: ParseEvent = (_argv, env) =>
  parseClient("dhcpcd", DHCPCD_KINDS, env, {
    ...NO_FACTS,
    local4: hostAddress(env.new_ip_address, 4),
    local6: firstHostAddress([env.new_dhcp6_ia_na1_ia_addr1, env.nd1_addr1?.split("/", 1)[0]], 6),
    gateway4: routerOf(env.new_routers, networksInWords(env.new_classless_static_routes)),
    // A lifetime of 0: no default router (RFC 4861, 4.2).
    gateway6: env.nd1_lifetime === "0" ? null : hostAddress(env.nd1_from, 6),
    dns: nameServers(env.new_domain_name_servers, env.nd1_rdnss1_servers, env.new_dhcp6_name_servers),
  });

function parseClient(
  source: "dhclient" | "dhcpcd",
  kinds: Kinds,
  env: Environment,
  facts: Facts,
): ReturnType<ParseEvent> {
  const reason = env.reason ?? "";
  const kind = kinds.get(reason) ?? kinds.get(reason.replace(/6$/, ""));
  if (kind === undefined) return { ignore: `${source} reason ${quoted(reason)} needs nothing` };
  const name = readInterface(env.interface ?? "");
  if (typeof name !== "string") return name;
  return { source, kind, interface: name, facts };
}

/** Router by network, in the order of the lease. */
type Networks = readonly (readonly [network: string, router: string])[];

/** A lease with classless routes has the router there or none: option 3 does not count then (RFC 3442). */
function routerOf(routers: string | undefined, networks: Networks): string | null {
  if (networks.length === 0) return firstHostAddress(words(routers), 4);
  return hostAddress(networks.find(([network]) => network === "0.0.0.0/0")?.[1], 4);
}

/** `10.5.0.0/16 192.0.2.9 0.0.0.0/0 192.0.2.1` */
function networksInWords(text: string | undefined): Networks {
  const list = words(text);
  return list.flatMap((word, index) => (index % 2 === 0 ? [[word, list[index + 1] ?? ""] as const] : []));
}

/** `16 10 5 192 0 2 9 0 192 0 2 1`: a length in bits, as many octets of the network as it takes, four of the router. */
function networksInOctets(text: string | undefined): Networks {
  const octets = words(text);
  const networks: [string, string][] = [];
  for (let at = 0; at < octets.length; ) {
    const length = Number(octets[at]);
    if (!(length >= 0 && length <= 32)) return networks;
    const router = at + 1 + Math.ceil(length / 8);
    const network = [...octets.slice(at + 1, router), "0", "0", "0", "0"].slice(0, 4);
    networks.push([`${network.join(".")}/${length}`, octets.slice(router, router + 4).join(".")]);
    at = router + 4;
  }
  return networks;
}

function words(text: string | undefined): readonly string[] {
  return (text ?? "").split(/\s+/).filter((word) => word !== "");
}
