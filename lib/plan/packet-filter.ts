/**
 * The packet filter: which uplink a connection is pinned to, balancing, and address translation.
 *
 * A packet's way: prerouting or output gives it the mark of the uplink its connection is pinned to, or, new, a mark
 * by weight; routing follows the mark; postrouting translates the address and pins the connection to the uplink it
 * really leaves by. Input and forward pin what came in from outside. All chains end in `return`: nothing is accepted
 * or dropped on behalf of anybody's firewall, but for packets that would leave with another uplink's address.
 *
 * Everything is keyed by interface name in anonymous maps, so that a packet's cost does not grow with the uplinks, and
 * an uplink that goes and comes needs no change here.
 */

import type { Config } from "../config/types.ts";
import type { Chain, Ruleset } from "../kernel/ruleset.ts";
import { formatPrefix } from "../net/prefix.ts";
import { groupRules } from "./group-rules.ts";
import { REALM } from "./layout.ts";
import type { Marking } from "./marking.ts";
import { hex } from "./marks.ts";
import { hasSocketProbes, PROBES_RULE, probeChains } from "./probe-marks.ts";
import { sharedLans } from "./shared-lan.ts";
import type { UplinkState } from "./uplink-state.ts";

export interface PacketFilterInput {
  readonly config: Config;
  readonly uplinks: readonly UplinkState[];
  readonly marking: Marking;
  /** Names of the uplinks that share new connections now; fewer than two: nothing is balanced. */
  readonly balanced: readonly string[];
  /** The device of the uplink that the choice's best route leaves by; null: there is none. */
  readonly first: string | null;
  /** IPv4 name servers that have an uplink of their own. */
  readonly nameServers: readonly string[];
  /** IPv6 name servers whose uplinks are all down. */
  readonly closedServers6: readonly string[];
}

/** An uplink that has a device, even one that is away just now. */
interface Known {
  readonly state: UplinkState;
  readonly device: string;
  /** Its own IPv4 networks if its LAN hosts are clients. */
  readonly lan: readonly string[];
}

const quoted = (text: string) => `"${text}"`;

/** The whole table. Equal inputs give equal text. */
export function planPacketFilter(input: PacketFilterInput): Ruleset {
  const known = input.uplinks.flatMap((state): Known[] => {
    if (state.interface === null) return [];
    const networks = state.uplink.lan ? (state.path4?.networks ?? []) : [];
    return [{ state, device: state.interface, lan: networks.map(formatPrefix) }];
  });
  if (known.length === 0) return [];
  return [
    ...restoring(input, known),
    ...balancing(input, known),
    ...inbound(input, known),
    ...translation(input, known),
    ...pinning(input, known),
  ];
}

/** `{ "eth0" : goto a, … }` for those entries that have one. */
function verdictMap(entries: readonly (readonly [string, string])[]): string {
  return `{ ${entries.map(([key, verdict]) => `${key} : ${verdict}`).join(", ")} }`;
}

const fieldOf = (config: Config) => hex(config.marks.mask);
const others = (config: Config) => hex(~config.marks.mask);
const setMeta = (config: Config, mark: number) =>
  `meta mark set meta mark & ${others(config)} | ${hex(mark)}`;
const setCt = (config: Config, mark: number) => `ct mark set ct mark & ${others(config)} | ${hex(mark)}`;
const chainOf = (kind: string, mark: number) => `${kind}_${hex(mark)}`;

/** Before routing: packets of pinned connections get their uplink's mark. */
function restoring(input: PacketFilterInput, known: readonly Known[]): Chain[] {
  const { config, uplinks, marking, closedServers6 } = input;
  const field = fieldOf(config);
  const probing = hasSocketProbes(config);
  const pinned = known.filter(({ state }) => state.uplink.pin);
  const byPin = (kind: string) =>
    pinned.length === 0
      ? []
      : [
          `ct mark & ${field} vmap ${verdictMap(pinned.map(({ state }) => [hex(state.mark), `goto ${chainOf(kind, state.mark)}`]))}`,
        ];
  const lanDevices = known.filter(({ lan }) => lan.length > 0);
  const devices = known.map(({ device }) => quoted(device)).join(", ");
  const closed =
    closedServers6.length === 0
      ? []
      : [
          `ip6 daddr { ${closedServers6.join(", ")} } oifname { ${devices} } reject with icmpv6 type no-route`,
        ];
  const arrivals = known.map(({ device, state }): readonly [string, string] => [
    quoted(device),
    state.uplink.lan ? `goto ${chainOf("arrive", state.mark)}` : "return",
  ]);
  return [
    {
      name: "prerouting",
      hook: "type filter hook prerouting priority mangle",
      rules: [`iifname vmap ${verdictMap(arrivals)}`, "goto from_lan"],
    },
    ...known
      .filter(({ state }) => state.uplink.lan)
      .map(({ state, lan }) => ({
        name: chainOf("arrive", state.mark),
        hook: null,
        rules: lan.map((network) => `ip saddr ${network} goto from_lan`),
      })),
    {
      name: "from_lan",
      hook: null,
      rules: [
        // Another program's mark in our bits: not ours to change.
        `meta mark & ${field} != 0 return`,
        ...byPin("mark"),
        ...lanDevices.flatMap(oneWay(config)),
        "goto uplink_bound",
      ],
    },
    {
      name: "output",
      hook: "type route hook output priority mangle",
      rules: [
        `oifname "lo" goto loopback`,
        ...lanDevices.flatMap(({ device }) => [
          // Hosts that would be told to go around us would lose their translation and their pin.
          `oifname ${quoted(device)} icmp type redirect drop`,
          `oifname ${quoted(device)} icmpv6 type nd-redirect drop`,
        ]),
        "meta mark != 0 return",
        ...(probing ? [PROBES_RULE] : []),
        ...byPin("local"),
        ...closed,
        ...groupRules(config, marking, (mark) => setMeta(config, mark)),
        "goto own_traffic",
      ],
    },
    { name: "loopback", hook: null, rules: [] },
    ...(probing ? probeChains(uplinks, (mark) => setMeta(config, mark)) : []),
    ...pinned.flatMap(({ state, device }) => [
      { name: chainOf("mark", state.mark), hook: null, rules: [setMeta(config, state.mark)] },
      {
        name: chainOf("local", state.mark),
        hook: null,
        // What is on its right way already needs no second look-up.
        rules: [`oifname ${quoted(device)} return`, setMeta(config, state.mark)],
      },
    ]),
  ];
}

/**
 * A router in the LAN answers its clients directly, so of such a connection we see one direction only: conntrack calls
 * everything after the first packet invalid, or later new. It belongs where it began: with the router in the LAN.
 */
function oneWay(config: Config): (known: Known) => string[] {
  return ({ device, state }) =>
    state.state === "up" && state.uplink.nat === "none"
      ? [
          `iifname ${quoted(device)} meta l4proto tcp ct state { invalid, new } tcp flags ! syn ${setMeta(config, state.mark)} return`,
        ]
      : [];
}

/** New IPv4 connections are shared by weight. IPv6 has no translation yet, so its sources cannot be moved. */
function balancing(
  { config, marking, balanced, first, nameServers }: PacketFilterInput,
  known: readonly Known[],
): Chain[] {
  const members = known.filter(({ state }) => balanced.includes(state.uplink.name));
  const markOf = ({ state }: Known) => marking.balanceMarks.get(state.uplink.name) ?? state.mark;
  let total = 0;
  const shares = members.map((member): readonly [string, string] => {
    const first = total;
    total += member.state.uplink.weight;
    const range = total - first === 1 ? `${first}` : `${first}-${total - 1}`;
    return [range, `goto ${chainOf("share", markOf(member))}`];
  });
  const devices = known.map(({ device }) => quoted(device)).join(", ");
  const own = known.flatMap(({ lan }) => lan);
  const when = (rules: readonly string[]) => (members.length < 2 ? [] : rules);
  return [
    // In prerouting nothing is routed yet: only what would leave by an uplink takes part.
    { name: "uplink_bound", hook: null, rules: when([`fib daddr oifname { ${devices} } goto balance`]) },
    {
      name: "own_traffic",
      hook: null,
      rules: when([
        // What a rule routed stays there.
        `rt classid >= ${REALM.rules} return`,
        // The choice leads to its first uplink. connect(2) asks for the route twice, the second time with the address
        // that the first gave it: a socket bound to that address cannot be told from one that was not.
        `oifname ${quoted(first ?? "")} goto balance`,
      ]),
    },
    {
      name: "balance",
      hook: null,
      rules: when([
        "meta nfproto != ipv4 return",
        "ct state != new return",
        ...(own.length === 0 ? [] : [`ip daddr { ${own.join(", ")} } return`]),
        ...(nameServers.length === 0 ? [] : [`ip daddr { ${nameServers.join(", ")} } return`]),
        `numgen inc mod ${total} vmap ${verdictMap(shares)}`,
      ]),
    },
    ...known.flatMap((uplink) => {
      const mark = marking.balanceMarks.get(uplink.state.uplink.name);
      if (mark === undefined) return [];
      return [{ name: chainOf("share", mark), hook: null, rules: [setMeta(config, mark)] }];
    }),
  ];
}

/** Connections that come in by an uplink are answered by it. */
function inbound({ config }: PacketFilterInput, known: readonly Known[]): Chain[] {
  const pinned = known.filter(({ state }) => state.uplink.pin);
  if (pinned.length === 0) return [];
  const arrivals = pinned.map(({ device, state }): readonly [string, string] => [
    quoted(device),
    `goto ${chainOf("in", state.mark)}`,
  ]);
  const hook = (name: string) => ({
    name,
    hook: `type filter hook ${name} priority mangle`,
    rules: [`iifname vmap ${verdictMap(arrivals)}`],
  });
  return [
    hook("input"),
    hook("forward"),
    ...pinned.map(({ state, lan }) => ({
      name: chainOf("in", state.mark),
      hook: null,
      rules: [
        ...lan.map((network) => `ip saddr ${network} return`),
        `ct mark & ${fieldOf(config)} == 0 ${setCt(config, state.mark)}`,
      ],
    })),
  ];
}

/** Addresses of an uplink's own pass as they are; what else leaves by it is translated as its `nat` says. */
function translation({ uplinks }: PacketFilterInput, known: readonly Known[]): Chain[] {
  const kinds = known.map(({ device, state }): readonly [string, string] => [
    quoted(device),
    state.uplink.nat === "snat" ? `goto ${chainOf("snat", state.mark)}` : `goto nat_${state.uplink.nat}`,
  ]);
  const used = new Set(known.map(({ state }) => state.uplink.nat));
  const isOwn = "fib saddr . oif type local return";
  const fromLan = known.flatMap(({ device, lan }) =>
    lan.map((network) => `oifname ${quoted(device)} ip saddr ${network} ip daddr ${network} return`),
  );
  const sharedRules = sharedLans(uplinks).flatMap(({ network, members }) =>
    members.map(
      ({ interface: device }) => `oifname ${quoted(device ?? "")} ip saddr ${formatPrefix(network)} return`,
    ),
  );
  const chain = (name: string, rules: readonly string[]) => ({ name, hook: null, rules });
  return [
    {
      name: "translate",
      hook: "type nat hook postrouting priority srcnat",
      rules: [...sharedRules, ...fromLan, `oifname vmap ${verdictMap(kinds)}`],
    },
    ...(used.has("masquerade")
      ? [chain("nat_masquerade", [isOwn, "meta nfproto ipv4 masquerade", "fib saddr type local masquerade"])]
      : []),
    // Not even here may a packet leave with another uplink's address.
    ...(used.has("none") ? [chain("nat_none", [isOwn, "fib saddr type local masquerade"])] : []),
    ...known.flatMap(({ state }) => {
      if (state.uplink.nat !== "snat") return [];
      const to = state.path4 === null ? [] : [`meta nfproto ipv4 snat ip to ${state.path4.address}`];
      return [chain(chainOf("snat", state.mark), [isOwn, ...to, "fib saddr type local masquerade"])];
    }),
  ];
}

/**
 * Behind translation: a connection's first packet pins it to the uplink it leaves by. A later packet that is about to
 * leave by another one (its uplink died a moment ago and no hook has run yet) must not do so with the old address.
 */
function pinning({ config, uplinks }: PacketFilterInput, known: readonly Known[]): Chain[] {
  const field = fieldOf(config);
  const shared = sharedLans(uplinks);
  const departures = known.map(({ device, state }): readonly [string, string] => [
    quoted(device),
    `goto ${chainOf("leave", state.mark)}`,
  ]);
  return [
    {
      name: "pin",
      // srcnat + 10, as a number: nft 1.0.6 and 1.1 both read it.
      hook: "type filter hook postrouting priority 110",
      rules: [`oifname vmap ${verdictMap(departures)}`],
    },
    ...known.map(({ state, lan }) => {
      const { mark } = state;
      const pin = state.uplink.pin ? `${setCt(config, mark)} ` : "";
      const sameLan = shared
        .filter(({ members }) => members.includes(state))
        .map(({ network }) => `ip saddr ${formatPrefix(network)} ${pin}return`);
      return {
        name: chainOf("leave", mark),
        hook: null,
        rules: [
          `ct mark & ${field} == ${hex(mark)} return`,
          // Somebody else's mark: its owner decides where it goes.
          `meta mark & ${field} != { 0, ${hex(mark)} } return`,
          `meta iif 0 meta mark & ${others(config)} != 0 return`,
          ...lan.map((network) => `ip daddr ${network} return`),
          ...sameLan,
          // Without an entry there is no translation: a connection that was let go a moment ago, or garbage.
          ...(state.uplink.nat === "none"
            ? []
            : ["meta nfproto ipv4 ct state invalid fib saddr . oif type != local drop"]),
          `ct status & confirmed == 0 ${pin}return`,
          `ct mark & ${field} == 0 ${pin}return`,
          "fib saddr type local fib saddr . oif type != local drop",
          "ct direction original drop",
        ],
      };
    }),
  ];
}
