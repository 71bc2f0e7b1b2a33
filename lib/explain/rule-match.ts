/** Whether a routing policy rule is for a packet, as the kernel decides it (net/core/fib_rules.c). */

import { contains, parsePrefix } from "../net/prefix.ts";
import type { Packet } from "./packet.ts";

/** A rule as `ip -N -d -j rule show` prints it. */
export type RuleJson = Readonly<Record<string, unknown>>;

/** What was found when a rule was held against a packet. */
export interface Match {
  readonly matches: boolean;
  /** Selectors that nothing was said about: with a value for them the rule might match. */
  readonly unsaid: readonly string[];
  /** Selectors that are not understood; the rule is taken not to match. */
  readonly unknown: readonly string[];
}

/** What is no selector. */
const OTHER_KEYS = new Set([
  ...["priority", "protocol", "not", "iif_detached", "oif_detached", "unresolved", "l3mdev_table"],
  ...["table", "goto", "nop", "action", "suppress_prefixlen", "suppress_ifgroup", "flow_from", "flow_to"],
  // The second halves of selectors, read with the first.
  ...["srclen", "dstlen", "fwmask", "uid_end", "sport_end", "dport_end"],
]);

const ports = (rule: RuleJson, key: "sport" | "dport", port: number | null): boolean | null => {
  if (port === null) return null;
  const first = Number(rule[key] ?? rule[`${key}_start`]);
  const last = Number(rule[key] ?? rule[`${key}_end`]);
  return port >= first && port <= last;
};

/** By key: whether the packet has it; null: nothing was said about it. */
const SELECTORS: Readonly<Record<string, (rule: RuleJson, packet: Packet) => boolean | null>> = {
  src: (rule, packet) => inPrefix(rule.src, rule.srclen, packet.from, packet),
  dst: (rule, packet) => inPrefix(rule.dst, rule.dstlen, packet.to, packet),
  iif: (rule, packet) => rule.iif === packet.input,
  // No packet here is bound to a device.
  oif: () => false,
  fwmark: (rule, packet) => {
    const mask = rule.fwmask === undefined ? 0xffffffff : Number(rule.fwmask);
    return ((packet.mark ^ Number(rule.fwmark)) & mask) === 0;
  },
  uid_start: (rule, packet) =>
    packet.user >= Number(rule.uid_start) && packet.user <= Number(rule.uid_end ?? rule.uid_start),
  ipproto: (rule, packet) => (packet.protocol === null ? null : packet.protocol === protocolOf(rule)),
  sport: (rule) => ports(rule, "sport", null),
  sport_start: (rule) => ports(rule, "sport", null),
  dport: (rule, packet) => ports(rule, "dport", packet.destinationPort),
  dport_start: (rule, packet) => ports(rule, "dport", packet.destinationPort),
  tos: () => false,
  tun_id: () => false,
  // Matches what comes in or goes out by a device of a VRF.
  l3mdev: () => false,
};

const WORDS: Readonly<Record<string, string>> = {
  ipproto: "protocol",
  sport: "source port",
  sport_start: "source port",
  dport: "destination port",
  dport_start: "destination port",
};

/** Holds the rule against the packet. What nothing was said about counts as it does for the kernel: as absent. */
export function matchRule(rule: RuleJson, packet: Packet): Match {
  const keys = Object.keys(rule).filter((key) => !OTHER_KEYS.has(key));
  const unknown = keys.filter((key) => SELECTORS[key] === undefined);
  const results = keys.map((key) => [key, SELECTORS[key]?.(rule, packet)] as const);
  const unsaid = results.flatMap(([key, result]) => (result === null ? [WORDS[key] ?? key] : []));
  const wrong = results.some(([, result]) => result === false);
  const all = results.every(([, result]) => result === true);
  return {
    matches: unknown.length === 0 && ("not" in rule ? !all : all),
    unsaid: wrong ? [] : unsaid,
    unknown,
  };
}

function inPrefix(address: unknown, length: unknown, of: string | null, packet: Packet): boolean {
  if (address === "all" || length === 0) return true;
  const prefix = parsePrefix(length === undefined ? `${address}` : `${address}/${length}`);
  return of !== null && prefix?.family === packet.family && contains(prefix, of);
}

/** The protocol that a rule selects by; null: none. iproute2 6.1 prints `ipproto-6` under -N, later ones `6`. */
export function protocolOf(rule: RuleJson): number | null {
  return rule.ipproto === undefined ? null : Number(String(rule.ipproto).replace("ipproto-", ""));
}
