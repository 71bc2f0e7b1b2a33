/** NetworkManager's dispatcher: INTERFACE ACTION, and the variables of nm-dispatcher(8). */

import { firstHostAddress, hostAddress, hostAddresses, nameServers } from "./addresses.ts";
import { type Facts, type LinkEvent, NO_FACTS, type ParseEvent } from "./event.ts";
import { firstText, quoted, readInterface } from "./text.ts";

type Environment = Parameters<ParseEvent>[1];

/** Everything else (hostname, dns-change, device-add, what later versions invent) moves no route. */
const KINDS = new Map<string, LinkEvent["kind"]>([
  ["up", "up"],
  ["vpn-up", "up"],
  ["down", "down"],
  ["vpn-down", "down"],
  ["pre-up", "change"],
  ["pre-down", "change"],
  ["dhcp4-change", "change"],
  ["dhcp6-change", "change"],
  ["reapply", "change"],
  ["connectivity-change", "change"],
]);

/**
 * What the dispatcher tells. In: interface and action as arguments, addresses and leases as variables, which are
 * missing before activation and may be old at reapply. Out: the event, or why it is ignored.
 * `connectivity-change` names no interface: it may concern every uplink.
 */
export const parseNetworkManager: ParseEvent = (argv, env) => {
  const [device = "", action = ""] = argv;
  const kind = KINDS.get(action);
  if (kind === undefined) return { ignore: `NetworkManager action ${quoted(action)} needs nothing` };
  if (action === "connectivity-change" && device === "") {
    return { source: "nm-dispatcher", kind, interface: null, facts: NO_FACTS };
  }
  if (device === "none") return { ignore: "NetworkManager names no interface" };
  const name = readInterface(firstText(device, env.VPN_IP_IFACE, env.DEVICE_IP_IFACE, env.DEVICE_IFACE));
  if (typeof name !== "string") return name;
  return {
    source: "nm-dispatcher",
    kind,
    interface: name,
    facts: action.startsWith("vpn-") ? vpnFacts(env) : deviceFacts(env),
  };
};

function deviceFacts(env: Environment): Facts {
  const dns = nameServers(env.IP4_NAMESERVERS, env.IP6_NAMESERVERS);
  return {
    ...NO_FACTS,
    local4: hostAddress(withoutLength(env.IP4_ADDRESS_0), 4),
    local6: local6(env.IP6_ADDRESS_0, env.IP6_ADDRESS_1),
    // A profile with never-default has IP4_GATEWAY=0.0.0.0 and yet a router in its lease.
    gateway4: firstHostAddress(
      [
        env.IP4_GATEWAY,
        ...words(env.DHCP4_ROUTERS),
        defaultRouter(words(env.DHCP4_RFC3442_CLASSLESS_STATIC_ROUTES)),
      ],
      4,
    ),
    gateway6: hostAddress(env.IP6_GATEWAY, 6),
    dns: dns.length > 0 ? dns : nameServers(env.DHCP4_DOMAIN_NAME_SERVERS),
  };
}

/** Of a VPN's event, IP4_*, IP6_* and DHCP4_* describe the device that carries it, VPN_* the VPN's own interface. */
function vpnFacts(env: Environment): Facts {
  return {
    ...NO_FACTS,
    local4: hostAddress(withoutLength(env.VPN_IP4_ADDRESS_0), 4),
    local6: local6(env.VPN_IP6_ADDRESS_0, env.VPN_IP6_ADDRESS_1),
    gateway4: hostAddress(env.VPN_IP4_GATEWAY, 4),
    gateway6: hostAddress(env.VPN_IP6_GATEWAY, 6),
    dns: nameServers(env.VPN_IP4_NAMESERVERS, env.VPN_IP6_NAMESERVERS),
  };
}

/** The first address that leads somewhere; a link-local one only if there is no other. */
function local6(...entries: readonly (string | undefined)[]): string | null {
  const addresses = hostAddresses(entries.map(withoutLength), 6);
  return addresses.find((address) => !/^fe[89ab]/.test(address)) ?? addresses[0] ?? null;
}

/** `192.0.2.7/24 192.0.2.1`: only the address is meant. */
function withoutLength(entry: string | undefined): string | undefined {
  return entry?.split("/", 1)[0];
}

/** `10.5.0.0/16 192.0.2.9 0.0.0.0/0 192.0.2.1`: the router that follows the default network. */
function defaultRouter(routes: readonly string[]): string | undefined {
  const network = routes.findIndex((word, index) => index % 2 === 0 && word === "0.0.0.0/0");
  return network < 0 ? undefined : routes[network + 1];
}

function words(text: string | undefined): readonly string[] {
  return (text ?? "").trim().split(/\s+/);
}
