/** What `[[rule]]` selects by: prefixes, protocols, ports, accounts. */

import { formatPrefix, type Prefix, parseAddress, parsePrefix } from "../net/prefix.ts";
import { mismatch, type Reading } from "./fields.ts";
import { quoted } from "./show.ts";
import { didYouMean } from "./suggest.ts";
import type { Account, PortRange } from "./types.ts";

const PROTOCOLS: Readonly<Record<string, number>> = {
  icmp: 1,
  tcp: 6,
  udp: 17,
  dccp: 33,
  gre: 47,
  esp: 50,
  ah: 51,
  "ipv6-icmp": 58,
  icmpv6: 58,
  sctp: 132,
  udplite: 136,
};

/** Protocols that have port numbers, by name. */
export const WITH_PORTS = ["tcp", "udp", "sctp", "dccp", "udplite"] as const;

const NUMBERS_WITH_PORTS: ReadonlySet<number> = new Set(WITH_PORTS.map((name) => PROTOCOLS[name] ?? 0));

/** Whether packets of this protocol have port numbers. */
export function hasPorts(protocol: number): boolean {
  return NUMBERS_WITH_PORTS.has(protocol);
}

/** Reads `ADDRESS` or `ADDRESS/LENGTH` whose host bits are zero. */
export function readPrefix(input: unknown): Reading<Prefix> {
  const prefix = typeof input === "string" ? parsePrefix(input) : null;
  if (prefix === null || typeof input !== "string") {
    return { wrong: mismatch(input, "an IP address or a prefix such as 192.0.2.0/24 or 2001:db8::/32") };
  }
  const canonical = formatPrefix(prefix);
  // The usual spelling needs no second look; this is what makes long files of prefixes quick.
  if (canonical === input) return { value: prefix };
  const address = parseAddress(input.split("/")[0] ?? "")?.address;
  if (address === prefix.address) return { value: prefix };
  return { wrong: `found ${quoted(input)}, which has host bits set; did you mean "${canonical}"?` };
}

/** Reads a protocol's name or IANA number. */
export function readProtocol(input: unknown): Reading<number> {
  const number = typeof input === "string" && /^\d{1,3}$/.test(input) ? Number(input) : input;
  if (typeof number === "number" && Number.isInteger(number) && number >= 1 && number <= 255) {
    return { value: number };
  }
  const names = Object.keys(PROTOCOLS);
  if (typeof input === "string" && names.includes(input)) return { value: PROTOCOLS[input] ?? 0 };
  const hint = typeof input === "string" ? didYouMean(input, names) : "";
  return { wrong: `${mismatch(input, `${names.join(", ")}, or a number from 1 to 255`)}${hint}` };
}

/** Reads `443`, `"443"` or `"1000-2000"`. */
export function readPorts(input: unknown): Reading<PortRange> {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(typeof input === "number" ? String(input) : asText(input));
  const first = Number(match?.[1] ?? 0);
  const last = Number(match?.[2] ?? first);
  if (first < 1 || last > 65535 || first > 65535) {
    return { wrong: mismatch(input, 'a port from 1 to 65535, or a range such as "1000-2000"') };
  }
  if (first > last) {
    return { wrong: `found "${first}-${last}", which runs backwards; did you mean "${last}-${first}"?` };
  }
  return { value: { first, last } };
}

function asText(input: unknown): string {
  return typeof input === "string" ? input : "";
}

/** The largest number but one of 32 bits; the largest means "no account" to the kernel. */
const LAST_ID = 2 ** 32 - 2;

/** Reads an account by its number, or by a name that `idOf` knows; `kind` is "user" or "group". */
export function readAccount(kind: string, idOf: (name: string) => number | null) {
  return (input: unknown): Reading<Account> => {
    const number = typeof input === "number" || (typeof input === "string" && /^\d+$/.test(input));
    if (number) {
      const id = Number(input);
      return Number.isInteger(id) && id >= 0 && id <= LAST_ID
        ? { value: { name: String(input), id } }
        : { wrong: mismatch(input, `the number of a ${kind}, from 0 to ${LAST_ID}`) };
    }
    if (typeof input !== "string" || input === "") {
      return { wrong: mismatch(input, `the name or number of a ${kind}`) };
    }
    const id = idOf(input);
    if (id !== null) return { value: { name: input, id } };
    return {
      wrong: `found ${quoted(input)}, expected a ${kind} of this machine (/etc/${files[kind]}) or a number`,
    };
  };
}

const files: Readonly<Record<string, string>> = { user: "passwd", group: "group" };
