/** IP addresses and prefixes in the kernel's own canonical text. */

export type Family = 4 | 6;

/** A network: canonical address with the host bits zero, and the number of leading bits that count. */
export interface Prefix {
  readonly family: Family;
  /** Canonical text, as `ip` prints it. */
  readonly address: string;
  /** 0 to 32, or 0 to 128. */
  readonly length: number;
}

const DOT = ".".charCodeAt(0);
const ZERO = "0".charCodeAt(0);
const NONE = -1;

/**
 * The 32 bits of an IPv4 address, 0 to 4294967295; null if the text is none: `010.0.0.1` and `10.1` are none. (node:net's
 * isIP compiles an expression of two thousand characters first: seven milliseconds on a busy machine, paid by every hook.)
 */
function toWord(text: string): number | null {
  let word = 0;
  let octet = NONE;
  let octets = 1;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === DOT) {
      if (octet === NONE || octets === 4) return null;
      word = word * 256 + octet;
      octet = NONE;
      octets++;
      continue;
    }
    const digit = code - ZERO;
    // No digit, or one behind a zero that leads.
    if (digit < 0 || digit > 9 || octet === 0) return null;
    octet = octet === NONE ? digit : octet * 10 + digit;
    if (octet > 255) return null;
  }
  return octets < 4 || octet === NONE ? null : word * 256 + octet;
}

function wordText(word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`;
}

const GROUP = /^[0-9A-Fa-f]{1,4}$/;

/** The family of an address's text; null if it is no address. */
function familyOf(text: string): Family | null {
  if (toWord(text) !== null) return 4;
  return text.length <= 45 && isIPv6(text) ? 6 : null;
}

/** RFC 4291, section 2.2: eight groups, of which one run may be left out, the last two perhaps as IPv4. */
function isIPv6(text: string): boolean {
  const halves = text.split("::");
  if (halves.length > 2) return false;
  const [left = [], right] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const groups = right === undefined ? left : [...left, ...right];
  const last = groups.at(-1);
  const dotted = last !== undefined && toWord(last) !== null && !(right?.length === 0);
  const plain = dotted ? groups.slice(0, -1) : groups;
  const count = plain.length + (dotted ? 2 : 0);
  return plain.every((group) => GROUP.test(group)) && (right === undefined ? count === 8 : count < 8);
}

const WIDTH = { 4: 32, 6: 128 } as const;

/**
 * The eight groups of an IPv6 address, whose text must be one, without a dotted tail. One pass over the characters, as
 * above: lists of 100,000 prefixes are read while a link event waits.
 */
function toGroups(text: string): number[] {
  const groups: number[] = [];
  let gap = -1;
  let begin = 0;
  for (let at = 0; at <= text.length; at++) {
    if (at < text.length && text[at] !== ":") continue;
    if (at > begin) groups.push(Number.parseInt(text.slice(begin, at), 16));
    else if (at < text.length) gap = groups.length;
    begin = at + 1;
  }
  if (gap >= 0) groups.splice(gap, 0, ...ZEROS.slice(groups.length));
  return groups;
}

const ZEROS: readonly number[] = [0, 0, 0, 0, 0, 0, 0, 0];

/** `::ffff:192.0.2.1` with its last 32 bits in hexadecimal groups. */
function withoutDottedTail(text: string): string {
  if (!text.includes(".")) return text;
  const dotted = text.slice(text.lastIndexOf(":") + 1);
  const word = toWord(dotted) ?? 0;
  return `${text.slice(0, -dotted.length)}${(word >>> 16).toString(16)}:${(word & 0xffff).toString(16)}`;
}

/** RFC 5952: the longest run of two or more zero groups becomes `::`, the first of equal ones. */
function compressed(groups: readonly number[]): string {
  let start = 0;
  let length = 0;
  for (let at = 0, run = 0; at < groups.length; at++) {
    run = groups[at] === 0 ? run + 1 : 0;
    if (run > length) {
      start = at - run + 1;
      length = run;
    }
  }
  if (length < 2) return hexadecimal(groups, 0, groups.length);
  return `${hexadecimal(groups, 0, start)}::${hexadecimal(groups, start + length, groups.length)}`;
}

function hexadecimal(groups: readonly number[], from: number, to: number): string {
  let text = "";
  for (let at = from; at < to; at++) text += `${at > from ? ":" : ""}${(groups[at] ?? 0).toString(16)}`;
  return text;
}

/** The groups with all bits after the first `length` zero. */
function maskedGroups(groups: readonly number[], length: number): number[] {
  return groups.map((group, index) => {
    const host = Math.min(16, Math.max(0, 16 * (index + 1) - length));
    return (group >>> host) << host;
  });
}

/** The word with all bits after the first `length` zero. */
function maskedWord(word: number, length: number): number {
  // A shift by 32 is none (ECMA-262).
  return length === 0 ? 0 : (word & (-1 << (32 - length))) >>> 0;
}

/** The family of what is known to be an address. */
export function addressFamily(address: string): Family {
  return address.includes(":") ? 6 : 4;
}

/**
 * Reads one IP address, without zone and without prefix length.
 * @returns its family and canonical text (RFC 5952 for IPv6), or null if it is none. `010.0.0.1` and `10.1` are none.
 */
export function parseAddress(text: string): { family: Family; address: string } | null {
  // There is but one way to write an IPv4 address.
  if (toWord(text) !== null) return { family: 4, address: text };
  if (familyOf(text) === null) return null;
  return { family: 6, address: compressed(toGroups(withoutDottedTail(text))) };
}

/**
 * Reads `ADDRESS` or `ADDRESS/LENGTH`; a bare address is a prefix of one host.
 * Host bits are dropped: `10.1.2.3/8` is `10.0.0.0/8`.
 */
export function parsePrefix(text: string): Prefix | null {
  const slash = text.indexOf("/");
  const host = slash < 0 ? text : text.slice(0, slash);
  const digits = slash < 0 ? null : text.slice(slash + 1);
  const family = familyOf(host);
  if (family === null || (digits !== null && !/^\d{1,3}$/.test(digits))) return null;
  const length = digits === null ? WIDTH[family] : Number(digits);
  return length > WIDTH[family] ? null : networkOf(host, family, length);
}

/** The network that an address lies in, for a prefix length within the family's width. */
export function networkOf(address: string, family: Family, length: number): Prefix {
  const network =
    family === 4
      ? wordText(maskedWord(toWord(address) ?? 0, length))
      : compressed(maskedGroups(toGroups(withoutDottedTail(address)), length));
  return { family, address: network, length };
}

/** Whether the canonical address lies in the network. */
export function contains(prefix: Prefix, address: string): boolean {
  const word = toWord(address);
  if (prefix.family === 4) return word !== null && maskedWord(word, prefix.length) === toWord(prefix.address);
  return (
    word === null &&
    familyOf(address) === 6 &&
    networkOf(address, 6, prefix.length).address === prefix.address
  );
}

/** `10.0.0.0/8`; a single host without its length, as `ip route` prints it. */
export function formatPrefix(prefix: Prefix): string {
  return prefix.length === WIDTH[prefix.family] ? prefix.address : `${prefix.address}/${prefix.length}`;
}
