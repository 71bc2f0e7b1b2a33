/** IP addresses and prefixes in the kernel's own canonical text. */

import { isIP } from "node:net";

export type Family = 4 | 6;

/** A network: canonical address with the host bits zero, and the number of leading bits that count. */
export interface Prefix {
  readonly family: Family;
  /** Canonical text, as `ip` prints it. */
  readonly address: string;
  /** 0 to 32, or 0 to 128. */
  readonly length: number;
}

const WIDTH = { 4: 32, 6: 128 } as const;

/** The address as an unsigned number; `text` must have passed `isIP`. */
function toNumber(text: string, family: Family): bigint {
  if (family === 4) {
    return text.split(".").reduce((value, part) => value * 256n + BigInt(part), 0n);
  }
  const [head = "", tail] = withoutDottedTail(text).split("::");
  const groups = (part: string) => (part === "" ? [] : part.split(":"));
  const left = groups(head);
  const right = tail === undefined ? [] : groups(tail);
  const zeros = tail === undefined ? [] : new Array<string>(8 - left.length - right.length).fill("0");
  return [...left, ...zeros, ...right].reduce((value, group) => value * 65536n + BigInt(`0x${group}`), 0n);
}

/** `::ffff:192.0.2.1` with its last 32 bits in hexadecimal groups. */
function withoutDottedTail(text: string): string {
  const dotted = text.slice(text.lastIndexOf(":") + 1);
  if (!dotted.includes(".")) return text;
  const value = Number(toNumber(dotted, 4));
  const groups = `${(value >>> 16).toString(16)}:${(value & 0xffff).toString(16)}`;
  return text.slice(0, -dotted.length) + groups;
}

function toText(value: bigint, family: Family): string {
  if (family === 4) {
    return [24n, 16n, 8n, 0n].map((shift) => ((value >> shift) & 255n).toString()).join(".");
  }
  const groups = Array.from({ length: 8 }, (_, index) =>
    ((value >> BigInt(112 - 16 * index)) & 0xffffn).toString(16),
  );
  return compressed(groups);
}

/** RFC 5952: the longest run of two or more zero groups becomes `::`, the first of equal ones. */
function compressed(groups: readonly string[]): string {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === "0") length++;
    if (length > best.length) best = { start, length };
  }
  if (best.length < 2) return groups.join(":");
  const left = groups.slice(0, best.start).join(":");
  const right = groups.slice(best.start + best.length).join(":");
  return `${left}::${right}`;
}

/**
 * Reads one IP address, without zone and without prefix length.
 * @returns its family and canonical text (RFC 5952 for IPv6), or null if it is none. `010.0.0.1` and `10.1` are none.
 */
export function parseAddress(text: string): { family: Family; address: string } | null {
  const family = isIP(text) as 0 | Family;
  if (family === 0 || text.includes("%")) return null;
  return { family, address: toText(toNumber(text, family), family) };
}

/**
 * Reads `ADDRESS` or `ADDRESS/LENGTH`; a bare address is a prefix of one host.
 * Host bits are dropped: `10.1.2.3/8` is `10.0.0.0/8`.
 */
export function parsePrefix(text: string): Prefix | null {
  const match = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text);
  const parsed = match?.[1] === undefined ? null : parseAddress(match[1]);
  if (match === null || parsed === null) return null;
  const width = WIDTH[parsed.family];
  const length = match[2] === undefined ? width : Number(match[2]);
  return length > width ? null : networkOf(parsed.address, parsed.family, length);
}

/** The network that a canonical address lies in, for a prefix length within the family's width. */
export function networkOf(address: string, family: Family, length: number): Prefix {
  const host = BigInt(WIDTH[family] - length);
  return { family, address: toText((toNumber(address, family) >> host) << host, family), length };
}

/** Whether the canonical address lies in the network. */
export function contains(prefix: Prefix, address: string): boolean {
  const parsed = parseAddress(address);
  return (
    parsed?.family === prefix.family &&
    networkOf(address, prefix.family, prefix.length).address === prefix.address
  );
}

/** `10.0.0.0/8`; a single host without its length, as `ip route` prints it. */
export function formatPrefix(prefix: Prefix): string {
  return prefix.length === WIDTH[prefix.family] ? prefix.address : `${prefix.address}/${prefix.length}`;
}
