/** Addresses out of a caller's text: canonical and of a host that can be spoken to, or nothing. */

import { contains, type Family, type Prefix, parseAddress } from "../net/prefix.ts";

/** Unspecified, loopback, mapped, multicast, reserved: NetworkManager writes 0.0.0.0 and :: for "none". */
const NO_HOSTS: readonly Prefix[] = [
  { family: 4, address: "0.0.0.0", length: 8 },
  { family: 4, address: "127.0.0.0", length: 8 },
  { family: 4, address: "224.0.0.0", length: 3 },
  { family: 6, address: "::", length: 127 },
  { family: 6, address: "::ffff:0:0", length: 96 },
  { family: 6, address: "ff00::", length: 8 },
];

/** At most this many name servers are worth remembering. */
const MAX_NAME_SERVERS = 8;

/** The canonical address if the text is one of a single host of that family, else null. */
export function hostAddress(text: string | undefined, family: Family): string | null {
  const parsed = parseAddress(text ?? "");
  if (parsed?.family !== family) return null;
  return NO_HOSTS.some((prefix) => contains(prefix, parsed.address)) ? null : parsed.address;
}

/** The first of the texts that is a host address of that family, canonical, else null. */
export function firstHostAddress(texts: readonly (string | undefined)[], family: Family): string | null {
  return hostAddresses(texts, family)[0] ?? null;
}

/** The host addresses of that family among the texts, canonical, in their order. */
export function hostAddresses(texts: readonly (string | undefined)[], family: Family): readonly string[] {
  return texts.flatMap((text) => hostAddress(text, family) ?? []);
}

/**
 * Name servers out of lists separated by white space: canonical, each once, at most 8, in their order.
 * URI forms (`dns+tls://...`), zones and loopback are left out: none of them says through which uplink to ask whom.
 */
export function nameServers(...lists: readonly (string | undefined)[]): readonly string[] {
  const words = lists.flatMap((list) => (list ?? "").split(/\s+/));
  const addresses = words.flatMap((word) => hostAddress(word, 4) ?? hostAddress(word, 6) ?? []);
  return [...new Set(addresses)].slice(0, MAX_NAME_SERVERS);
}
