/**
 * pppd's scripts, by way of run-parts: INTERFACE TTY SPEED LOCAL REMOTE IPPARAM, and variables.
 *
 * ip-up.d and ipv6-up.d run the same hook, as do ip-down.d and ipv6-down.d; the addresses tell which it is.
 */

import { firstHostAddress, nameServers } from "./addresses.ts";
import { type EventSource, type Facts, NO_FACTS, type ParseEvent } from "./event.ts";
import { firstText, readInterface } from "./text.ts";

type Environment = Parameters<ParseEvent>[1];

/** What ip-up.d and ipv6-up.d tell. In: pppd's six arguments and its variables. Out: kind "up", or why it is ignored. */
export const parsePppUp: ParseEvent = (argv, env) => parsePpp("ppp-ip-up", argv, env);

/** What ip-down.d and ipv6-down.d tell. In: as for {@link parsePppUp}. Out: kind "down", or why it is ignored. */
export const parsePppDown: ParseEvent = (argv, env) => parsePpp("ppp-ip-down", argv, env);

function parsePpp(
  source: Extract<EventSource, "ppp-ip-up" | "ppp-ip-down">,
  argv: readonly string[],
  env: Environment,
): ReturnType<ParseEvent> {
  const ipparam = firstText(argv[5], env.PPP_IPPARAM);
  if (belongsToNetworkManager(ipparam))
    return { ignore: "NetworkManager runs this pppd and tells of it itself" };
  // pppd clears IFNAME when the link has already ended, so it comes last.
  const name = readInterface(firstText(argv[0], env.PPP_IFACE, env.IFNAME));
  if (typeof name !== "string") return name;
  return {
    source,
    kind: source === "ppp-ip-up" ? "up" : "down",
    interface: name,
    facts: {
      ...NO_FACTS,
      peerNames: peerNames(env.CALL_FILE, env.LINKNAME, ipparam),
      pppdPid: processId(env.PPPD_PID),
      ...ends(argv, env),
    },
  };
}

/** Debian's own 0000usepeerdns makes the same test. */
function belongsToNetworkManager(ipparam: string): boolean {
  return ipparam.startsWith("/org/freedesktop/NetworkManager/PPP/") || /^nm-.*-service-/s.test(ipparam);
}

/** Both ends and the name servers, of the one address family that this run is about. */
function ends(argv: readonly string[], env: Environment): Partial<Facts> {
  const local = [argv[3], env.PPP_LOCAL];
  const remote = [argv[4], env.PPP_REMOTE];
  const dns = nameServers(env.DNS1, env.DNS2);
  if ([...local, ...remote].some((text) => text?.includes(":"))) {
    // IPLOCAL, IPREMOTE and DNS1 may be left from the session before: an IPv6 run takes nothing of IPv4.
    return {
      local6: firstHostAddress([...local, env.LLLOCAL], 6),
      gateway6: firstHostAddress([...remote, env.LLREMOTE], 6),
      dns: dns.filter((address) => address.includes(":")),
    };
  }
  const peer = firstHostAddress([...remote, env.IPREMOTE], 4);
  return {
    local4: firstHostAddress([...local, env.IPLOCAL], 4),
    gateway4: peer === null || isPlaceholder(peer) ? null : peer,
    dns: dns.filter((address) => !address.includes(":")),
  };
}

/**
 * pppd invents the far end when the peer names none (10.64.64.64 + unit), and in demand mode before it has dialled
 * (10.112.112.112 + unit): pppd/ipcp.c, ip_demand_conf and ipcp_up.
 */
function isPlaceholder(address: string): boolean {
  const value = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  return [0x0a404040, 0x0a707070].some((first) => value >= first && value <= first + 255);
}

/** The names that a configuration may call this session by, each once: `call sub/isp` is also `isp`. */
function peerNames(
  callFile: string | undefined,
  linkName: string | undefined,
  ipparam: string,
): readonly string[] {
  const baseName = callFile?.slice(callFile.lastIndexOf("/") + 1);
  const names = [callFile, baseName, linkName, ipparam].filter((name) => name !== undefined);
  return [...new Set(names)].filter((name) => /^[^\p{C}\p{Zl}\p{Zp}]{1,64}$/u.test(name));
}

/** 4194304 is the kernel's PID_MAX_LIMIT. */
function processId(text: string | undefined): number | null {
  const value = /^[1-9]\d{0,6}$/.test(text ?? "") ? Number(text) : 0;
  return value > 0 && value <= 4_194_304 ? value : null;
}
