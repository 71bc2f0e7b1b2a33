/**
 * Where Waymark's objects stand: rule priorities and table numbers. Nothing here depends on what is up.
 *
 * All rules lie between 30000 and 32765, before `main` (32766): a tunnel that is brought up later gets an automatic
 * priority in front of them and takes its traffic (wg-quick), one that was there before stands at 32764 and 32765 and
 * is met before the choice, which is added behind it. The blocks leave room for an administrator's own rules.
 */
export const PRIORITY = {
  /** LANs that several uplinks share: the best of them carries the LAN too. */
  sharedLan: 30000,
  /** main's specific routes (LAN, VPN, containers) win over everything that follows. */
  mainSpecific: 30001,
  /** Packets without a mark of ours go on at `afterMarks`. */
  unmarked: 30010,
  forwarded: 30011,
  cleanLocal: 30012,
  foreignLocal: 30013,
  /** A label; behind it one goto for each value of the number's upper half, when there are many uplinks. */
  tree: 30015,
  /** The uplinks' mark rules, in groups of sixteen with a label before each; see `markPriority`. */
  marks: 30032,
  afterMarks: 30310,
  /** `[[rule]]` number n of the file, from 0: this plus n. */
  rules: 30320,
  /** Name servers that somebody else asks by way of this machine, each by its own uplink. */
  forwardedServers: 32290,
  /** Packets that balancing marked, after the rules. */
  balanceUnmarked: 32300,
  balance: 32301,
  afterBalance: 32599,
  /** Source rules concern this machine's own traffic only. */
  notLocal: 32600,
  /** When there are many of them: what has no source address yet goes on at `afterSources`. */
  noSource: 32601,
  /** Then a goto for each value of an address's first four bits, to the rules of such addresses; see `sourceGroup`. */
  sources: 32602,
  /** What began otherwise goes on at `afterSources`. */
  skipSources: 32618,
  afterSources: 32667,
  /** Name servers that this machine asks; what is bound to an uplink's address goes by that uplink all the same. */
  nameServers: 32700,
  choice: 32765,
} as const;

/** Where the group of numbers with this upper half (0 to 15) begins: the label that gotos lead to. */
export function groupPriority(upper: number): number {
  return PRIORITY.marks + upper * 17;
}

/** The mark rule of an uplink's number, 1 to 255. */
export function markPriority(number: number): number {
  return groupPriority(number >> 4) + 1 + (number & 15);
}

/**
 * Where the source rules of addresses with these first four bits (0 to 15) stand, one for each address; the label before
 * them and the goto behind them are there when there are many.
 */
export function sourceGroup(upper: number): { label: number; rules: number; end: number } {
  const label = PRIORITY.skipSources + 1 + upper * 3;
  return { label, rules: label + 1, end: label + 2 };
}

/** Whether a goto at this priority leads every packet around source rules that are behind it. */
export function leadsAroundSources(priority: number): boolean {
  const place = priority - PRIORITY.skipSources;
  return place >= 0 && priority < PRIORITY.afterSources && place % 3 === 0;
}

/** How many `[[rule]]`s there is room for. */
export const MOST_RULES = PRIORITY.forwardedServers - PRIORITY.rules;

/** Routing table numbers; far from the reserved ones, wg-quick's 51820 and Tailscale's 52. */
export const TABLE = {
  /** The default choice. */
  choice: 87000,
  /** An uplink's own table: this plus its number, 1 to 255. */
  uplink: 87000,
  sharedLan: 87300,
  nameServers: 87310,
  /** `[[rule]]` number n of the file, from 0: this plus n. */
  rules: 87400,
} as const;

/**
 * IPv4 realms of routes, by which the packet filter sees what routed a packet of this machine's own: the choice, or the
 * `[[rule]]` of that place in the file.
 */
export const REALM = { choice: 87, rules: 1000 } as const;

/**
 * The group that `waymark watch` runs as, by which the packet filter knows its probes (see probe-marks.ts). It needs no
 * entry in /etc/group; systemd.io/UIDS-GIDS has the range from 1879048192 to 2147483647 unused.
 */
export const PROBE_GROUP = 2_000_000_087;
