/** The routes of every table that is Waymark's. */

import type { Config, Rule } from "../config/types.ts";
import { LAST_METRIC, PROTOCOL, type Route } from "../kernel/route.ts";
import { type Family, formatPrefix, type Prefix } from "../net/prefix.ts";
import { choiceMetric, choose } from "./choice.ts";
import { REALM, TABLE } from "./layout.ts";
import { sharedLans } from "./shared-lan.ts";
import { livePath, type Path, type UplinkState, useOf } from "./uplink-state.ts";

const FAMILIES = [4, 6] as const;

/** A table that holds every prefix of a file, once per uplink that can carry it. */
export interface PrefixTable {
  readonly rule: Rule;
  readonly table: number;
  readonly file: string;
  /** One template per uplink and family; `destination` is to be filled in. */
  readonly templates: readonly Route[];
}

/**
 * All routes that should be in Waymark's tables, but for the prefixes of files.
 * Order: uplinks' own tables, the rules' tables, shared LANs, the choice; so may they be installed.
 * @param seen the kernel's routes, of which main's defaults are looked at
 * @param families in which there are to be any
 */
export function planRoutes(
  config: Config,
  uplinks: readonly UplinkState[],
  seen: readonly Route[],
  families: readonly Family[],
): Route[] {
  return [
    ...families.flatMap((family) => uplinks.flatMap((uplink) => uplinkTable(uplink, family))),
    ...config.rules.flatMap((rule, place) =>
      rule.destinationFile === null ? ruleRoutes(rule, TABLE.rules + place, uplinks, families) : [],
    ),
    ...sharedLanRoutes(uplinks, config),
    ...families.flatMap((family) => choiceTable(config, uplinks, seen, family)),
  ];
}

/** A route of Waymark's, by default to everywhere. */
export function route(family: Family, table: number, rest: Partial<Route>): Route {
  return {
    family,
    table,
    type: "unicast",
    destination: "default",
    gateway: null,
    device: null,
    metric: 1,
    protocol: PROTOCOL,
    source: null,
    onlink: false,
    realm: 0,
    ...rest,
  };
}

/** A route along a path, by default the default route. IPv6 takes the source by its own rules (RFC 6724). */
export function along(path: Path, device: string, table: number, rest: Partial<Route>): Route {
  const source = path.family === 4 ? path.address : null;
  return route(path.family, table, { device, gateway: path.gateway, onlink: path.onlink, source, ...rest });
}

/** What stops packets that must leave by this table's uplink or not at all. */
function guard(family: Family, table: number): Route {
  return route(family, table, { type: "unreachable", metric: LAST_METRIC });
}

/**
 * An uplink's own table. As long as there is an address and a gateway its default stays, also without a carrier: the
 * kernel then passes over it, and takes it up again by itself when the carrier returns. The guard stands only while
 * the uplink is known to be down: before anybody knows, packets go on to the choice.
 */
function uplinkTable(uplink: UplinkState, family: Family): Route[] {
  const { table } = uplink;
  const path = family === 4 ? uplink.path4 : uplink.path6;
  const device = uplink.link;
  const usable = device?.up === true && uplink.state !== "disabled" ? path : null;
  const routes =
    usable === null || device === null
      ? []
      : [
          ...usable.networks.map((network) =>
            route(family, table, {
              destination: formatPrefix(network),
              device: device.name,
              source: family === 4 ? usable.address : null,
            }),
          ),
          along(usable, device.name, table, {}),
        ];
  return livePath(uplink, family) === null ? [...routes, guard(family, table)] : routes;
}

/**
 * Default routes of all uplinks that take new connections, in the order of their metrics. With none, packets go on to
 * main's own defaults: better some way than none. But not by a line that was switched off by hand.
 */
function choiceTable(
  config: Config,
  uplinks: readonly UplinkState[],
  seen: readonly Route[],
  family: Family,
): Route[] {
  const { ranked } = choose(uplinks, family);
  if (ranked.length === 0 && leadsBySwitchedOff(uplinks, seen, family)) return [guard(family, TABLE.choice)];
  return ranked.flatMap((uplink) => {
    const path = livePath(uplink, family);
    if (path === null || uplink.link === null) return [];
    const metric = choiceMetric(config, uplink, family);
    return [along(path, uplink.link.name, TABLE.choice, { metric, realm: family === 4 ? REALM.choice : 0 })];
  });
}

/** Whether main's defaults lead nowhere but over uplinks, and over one that was switched off or drained by hand. */
function leadsBySwitchedOff(
  uplinks: readonly UplinkState[],
  seen: readonly Route[],
  family: Family,
): boolean {
  const owners = seen
    .filter((one) => one.table === MAIN && one.family === family && one.destination === "default")
    .map(({ device }) => uplinks.find((uplink) => device !== null && uplink.interface === device));
  return (
    owners.every((owner) => owner !== undefined) &&
    owners.some((owner) => owner?.state === "disabled" || owner?.drained === true)
  );
}

/** RT_TABLE_MAIN */
const MAIN = 254;

/** More than a rule has uplinks: those in reserve come behind the others. */
const RESERVED_ORDER = 512;

/**
 * A rule's table: a default route by each uplink of `via`, in its order, and at the end nothing or the guard, which needs
 * no device and so is there before any line ever was.
 */
function ruleRoutes(
  rule: Rule,
  table: number,
  uplinks: readonly UplinkState[],
  families: readonly Family[],
): Route[] {
  const realm = REALM.rules + table - TABLE.rules;
  return families.flatMap((family) => [
    ...rule.via.flatMap((name, order) => {
      const uplink = uplinks.find((candidate) => candidate.uplink.name === name);
      const path = uplink === undefined || uplink.drained ? null : livePath(uplink, family);
      const device = uplink?.link?.name;
      if (uplink === undefined || path === null || device === undefined) return [];
      const metric = order + 1 + (useOf(uplink, family) === "reserve" ? RESERVED_ORDER : 0);
      return [along(path, device, table, { metric, realm: family === 4 ? realm : 0 })];
    }),
    ...(rule.otherwise === "unreachable" ? [guard(family, table)] : []),
  ]);
}

/** The tables that are filled from files. */
export function prefixTables(config: Config, uplinks: readonly UplinkState[]): PrefixTable[] {
  return config.rules.flatMap((rule, place) => {
    if (rule.destinationFile === null) return [];
    const table = TABLE.rules + place;
    return [
      { rule, table, file: rule.destinationFile, templates: ruleRoutes(rule, table, uplinks, FAMILIES) },
    ];
  });
}

/** The routes of one such table. */
export function prefixRoutes(table: PrefixTable, prefixes: readonly Prefix[]): Route[] {
  return prefixes.flatMap((prefix) =>
    table.templates
      .filter((template) => template.family === prefix.family)
      .map((template) => ({ ...template, destination: formatPrefix(prefix) })),
  );
}

/** A LAN that several uplinks stand in is reached by the best of them; main may prefer a device that is dead. */
function sharedLanRoutes(uplinks: readonly UplinkState[], config: Config): Route[] {
  return sharedLans(uplinks).flatMap(({ network, members }) =>
    members.flatMap((uplink) => {
      const path = livePath(uplink, network.family);
      if (path === null || uplink.link === null) return [];
      return [
        route(network.family, TABLE.sharedLan, {
          destination: formatPrefix(network),
          device: uplink.link.name,
          metric: choiceMetric(config, uplink, network.family),
          source: path.address,
        }),
      ];
    }),
  );
}
