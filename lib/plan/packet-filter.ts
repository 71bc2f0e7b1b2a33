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

import type { Chain, Ruleset } from "../kernel/ruleset.ts";
import { type Filter, type FilterUplink, setMeta } from "./filter.ts";
import { REALM } from "./layout.ts";
import { hex } from "./marks.ts";
import { PROBES_RULE } from "./probe-marks.ts";

const quoted = (text: string) => `"${text}"`;

/** The whole table. Equal inputs give equal text. */
export function planPacketFilter(filter: Filter): Ruleset {
  if (filter.uplinks.length === 0) return [];
  return [
    ...restoring(filter),
    ...balancing(filter),
    ...inbound(filter),
    ...translation(filter),
    ...pinning(filter),
  ];
}

/** `{ "eth0" : goto a, … }` for those entries that have one. */
function verdictMap(entries: readonly (readonly [string, string])[]): string {
  return `{ ${entries.map(([key, verdict]) => `${key} : ${verdict}`).join(", ")} }`;
}

const fieldOf = ({ mask }: Filter) => hex(mask);
const others = ({ mask }: Filter) => hex(~mask);
const setCt = (filter: Filter, mark: string) => `ct mark set ct mark & ${others(filter)} | ${mark}`;
const chainOf = (kind: string, mark: string) => `${kind}_${mark}`;

/** Before routing: packets of pinned connections get their uplink's mark. */
function restoring(filter: Filter): Chain[] {
  const { mask, uplinks, probes, groups, closedServers6 } = filter;
  const field = fieldOf(filter);
  const pinned = uplinks.filter(({ pin }) => pin);
  const byPin = (kind: string) =>
    pinned.length === 0
      ? []
      : [
          `ct mark & ${field} vmap ${verdictMap(pinned.map(({ mark }) => [mark, `goto ${chainOf(kind, mark)}`]))}`,
        ];
  const lanDevices = uplinks.filter(({ lan }) => lan.length > 0);
  const devices = uplinks.map(({ device }) => quoted(device)).join(", ");
  const closed =
    closedServers6.length === 0
      ? []
      : [
          `ip6 daddr { ${closedServers6.join(", ")} } oifname { ${devices} } reject with icmpv6 type no-route`,
        ];
  const arrivals = uplinks.map(({ device, isLan, mark }): readonly [string, string] => [
    quoted(device),
    isLan ? `goto ${chainOf("arrive", mark)}` : "return",
  ]);
  return [
    {
      name: "prerouting",
      hook: "type filter hook prerouting priority mangle",
      rules: [`iifname vmap ${verdictMap(arrivals)}`, "goto from_lan"],
    },
    ...uplinks
      .filter(({ isLan }) => isLan)
      .map(({ mark, lan }) => ({
        name: chainOf("arrive", mark),
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
        ...lanDevices.flatMap((uplink) => oneWay(mask, uplink)),
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
        ...(probes === null ? [] : [PROBES_RULE]),
        ...byPin("local"),
        ...closed,
        ...groups,
        "goto own_traffic",
      ],
    },
    { name: "loopback", hook: null, rules: [] },
    ...(probes ?? []),
    ...pinned.flatMap(({ mark, device }) => [
      { name: chainOf("mark", mark), hook: null, rules: [setMeta(mask, mark)] },
      {
        name: chainOf("local", mark),
        hook: null,
        // What is on its right way already needs no second look-up.
        rules: [`oifname ${quoted(device)} return`, setMeta(mask, mark)],
      },
    ]),
  ];
}

/**
 * A router in the LAN answers its clients directly, so of such a connection we see one direction only: conntrack calls
 * everything after the first packet invalid, or later new. It belongs where it began: with the router in the LAN.
 */
function oneWay(mask: number, { device, mark, oneWay }: FilterUplink): string[] {
  return oneWay
    ? [
        `iifname ${quoted(device)} meta l4proto tcp ct state { invalid, new } tcp flags ! syn ${setMeta(mask, mark)} return`,
      ]
    : [];
}

/** What is never balanced returns. */
const ONLY_NEW = ["meta nfproto != ipv4 return", "ct state != new return"] as const;

/** New IPv4 connections are shared by weight. IPv6 has no translation yet, so its sources cannot be moved. */
function balancing({ mask, uplinks, balanced, first, nameServers }: Filter): Chain[] {
  const names = new Set(balanced);
  const members = uplinks.filter(({ name }) => names.has(name));
  let total = 0;
  const shares = members.map(({ mark, share, weight }): readonly [string, string] => {
    const first = total;
    total += weight;
    const range = weight === 1 ? `${first}` : `${first}-${total - 1}`;
    return [range, `goto ${chainOf("share", share ?? mark)}`];
  });
  const devices = uplinks.map(({ device }) => quoted(device)).join(", ");
  const own = uplinks.flatMap(({ lan }) => lan);
  const when = (rules: readonly string[]) => (members.length < 2 ? [] : rules);
  return [
    // In prerouting nothing is routed yet: only what would leave by an uplink takes part. To ask that is dear, and so
    // comes behind what else sorts packets out.
    {
      name: "uplink_bound",
      hook: null,
      rules: when([...ONLY_NEW, `fib daddr oifname { ${devices} } goto balance`]),
    },
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
        ...ONLY_NEW,
        ...(own.length === 0 ? [] : [`ip daddr { ${own.join(", ")} } return`]),
        ...(nameServers.length === 0 ? [] : [`ip daddr { ${nameServers.join(", ")} } return`]),
        `numgen inc mod ${total} vmap ${verdictMap(shares)}`,
      ]),
    },
    ...uplinks.flatMap(({ share }) =>
      share === null ? [] : [{ name: chainOf("share", share), hook: null, rules: [setMeta(mask, share)] }],
    ),
  ];
}

/** Connections that come in by an uplink are answered by it. */
function inbound(filter: Filter): Chain[] {
  const pinned = filter.uplinks.filter(({ pin }) => pin);
  if (pinned.length === 0) return [];
  const field = fieldOf(filter);
  const arrivals = pinned.map(({ device, mark }): readonly [string, string] => [
    quoted(device),
    `goto ${chainOf("in", mark)}`,
  ]);
  const hook = (name: string) => ({
    name,
    hook: `type filter hook ${name} priority mangle`,
    rules: [`iifname vmap ${verdictMap(arrivals)}`],
  });
  return [
    hook("input"),
    hook("forward"),
    ...pinned.map(({ mark, lan }) => ({
      name: chainOf("in", mark),
      hook: null,
      rules: [
        ...lan.map((network) => `ip saddr ${network} return`),
        `ct mark & ${field} == 0 ${setCt(filter, mark)}`,
      ],
    })),
  ];
}

/** Addresses of an uplink's own pass as they are; what else leaves by it is translated as its `nat` says. */
function translation({ uplinks, sharedLans }: Filter): Chain[] {
  const kinds = uplinks.map(({ device, mark, nat }): readonly [string, string] => [
    quoted(device),
    nat === "snat" ? `goto ${chainOf("snat", mark)}` : `goto nat_${nat}`,
  ]);
  const used = new Set(uplinks.map(({ nat }) => nat));
  const isOwn = "fib saddr . oif type local return";
  const fromLan = uplinks.flatMap(({ device, lan }) =>
    lan.map((network) => `oifname ${quoted(device)} ip saddr ${network} ip daddr ${network} return`),
  );
  const sharedRules = sharedLans.flatMap(({ network, devices }) =>
    devices.map((device) => `oifname ${quoted(device)} ip saddr ${network} return`),
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
    ...uplinks.flatMap(({ nat, mark, snatTo }) => {
      if (nat !== "snat") return [];
      const to = snatTo === null ? [] : [`meta nfproto ipv4 snat ip to ${snatTo}`];
      return [chain(chainOf("snat", mark), [isOwn, ...to, "fib saddr type local masquerade"])];
    }),
  ];
}

/**
 * Behind translation: a connection's first packet pins it to the uplink it leaves by. A later packet that is about to
 * leave by another one (its uplink died a moment ago and no hook has run yet) must not do so with the old address.
 */
function pinning(filter: Filter): Chain[] {
  const [field, foreign] = [fieldOf(filter), others(filter)];
  const departures = filter.uplinks.map(({ device, mark }): readonly [string, string] => [
    quoted(device),
    `goto ${chainOf("leave", mark)}`,
  ]);
  return [
    {
      name: "pin",
      // srcnat + 10, as a number: nft 1.0.6 and 1.1 both read it.
      hook: "type filter hook postrouting priority 110",
      rules: [`oifname vmap ${verdictMap(departures)}`],
    },
    ...filter.uplinks.map((uplink) => {
      const { mark } = uplink;
      const pin = uplink.pin ? `${setCt(filter, mark)} ` : "";
      return {
        name: chainOf("leave", mark),
        hook: null,
        rules: [
          `ct mark & ${field} == ${mark} return`,
          // Somebody else's mark: its owner decides where it goes.
          `meta mark & ${field} != { 0, ${mark} } return`,
          `meta iif 0 meta mark & ${foreign} != 0 return`,
          ...uplink.lan.map((network) => `ip daddr ${network} return`),
          ...uplink.sharedLans.map((network) => `ip saddr ${network} ${pin}return`),
          // Without an entry there is no translation: a connection that was let go a moment ago, or garbage.
          ...(uplink.nat === "none"
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
