/** Routes: how the kernel shows them, how they are written, and when two are the same. */

import type { Family } from "../net/prefix.ts";

/** RTN_* of linux/rtnetlink.h that matter here; others are carried as numbers. */
export type RouteType = "unicast" | "unreachable" | "other";

export interface Route {
  readonly family: Family;
  readonly table: number;
  readonly type: RouteType;
  /** `default`, or a prefix as `ip route` prints it. */
  readonly destination: string;
  readonly gateway: string | null;
  readonly device: string | null;
  /** 0 to 4294967295; IPv6 never has 0. */
  readonly metric: number;
  /** Routing protocol number; 87 is Waymark's. */
  readonly protocol: number;
  /** Preferred source address. */
  readonly source: string | null;
  /** The gateway is taken to be on the link whatever the addresses say. */
  readonly onlink: boolean;
  /** IPv4 realm; tells the packet filter that a packet was routed by the default choice. */
  readonly realm: number;
}

/** Waymark's routing protocol number, the owner's tag of routes and rules. */
export const PROTOCOL = 87;

/** The metric that loses against every other. */
export const LAST_METRIC = 4294967295;

interface JsonRoute {
  type?: string;
  dst?: string;
  gateway?: string;
  via?: { host?: string };
  dev?: string;
  table?: string;
  protocol?: string;
  prefsrc?: string;
  metric?: number;
  flags?: string[];
  flow?: { to?: string };
}

/** Numbers of `ip -N`; without -N iproute2 prints the words. */
const TYPES: Record<string, RouteType> = {
  "1": "unicast",
  unicast: "unicast",
  "7": "unreachable",
  unreachable: "unreachable",
};

/**
 * Reads the array that `ip -N -j route show table all` prints, both families mixed.
 * @param table what `table` is where iproute2 leaves it out (it does so in the listing of one table)
 * @param family of the listing, where it is known
 */
export function parseRoutes(json: unknown, table = 254, family?: Family): Route[] {
  return (json as JsonRoute[]).flatMap((entry) => {
    if (entry.dst === undefined) return [];
    const type = TYPES[entry.type ?? "1"] ?? "other";
    return [
      {
        family: family ?? familyOf(entry),
        table: entry.table === undefined ? table : Number(entry.table),
        type,
        destination: entry.dst,
        gateway: entry.gateway ?? entry.via?.host ?? null,
        // IPv6 shows its unreachable routes on `lo`.
        device: type === "unicast" ? (entry.dev ?? null) : null,
        metric: entry.metric ?? 0,
        protocol: Number(entry.protocol ?? 0),
        source: entry.prefsrc ?? null,
        onlink: entry.flags?.includes("onlink") ?? false,
        realm: Number(entry.flow?.to ?? 0),
      },
    ];
  });
}

/** `default` stands for both families: only IPv6 prints a router preference. */
function familyOf(entry: JsonRoute): Family {
  if (entry.dst !== "default") return entry.dst?.includes(":") === true ? 6 : 4;
  if ("pref" in entry) return 6;
  return (entry.gateway ?? entry.prefsrc)?.includes(":") === true ? 6 : 4;
}

/** Whether the kernel replaces one by the other, atomically: the same prefix and metric of one table. */
export function isSameSlot(left: Route, right: Route): boolean {
  return (
    left.table === right.table &&
    left.metric === right.metric &&
    left.destination === right.destination &&
    left.family === right.family
  );
}

/** Whether two routes are alike in everything that makes a difference to a packet. */
export function sameRoute(left: Route, right: Route): boolean {
  return (
    isSameSlot(left, right) &&
    left.type === right.type &&
    left.gateway === right.gateway &&
    left.device === right.device &&
    left.protocol === right.protocol &&
    left.source === right.source &&
    left.onlink === right.onlink &&
    left.realm === right.realm
  );
}

/** The words of a route behind `ip route replace`. */
export function routeText(route: Route): string {
  return routeWords(route).join(" ");
}

/** The words for `ip route replace`; `::/0` tells `ip -batch` that an IPv6 default is meant. */
function routeWords(route: Route): string[] {
  const destination = route.destination === "default" && route.family === 6 ? "::/0" : route.destination;
  return [
    ...(route.type === "unreachable" ? ["unreachable"] : []),
    destination,
    ...(route.gateway === null ? [] : ["via", route.gateway]),
    ...(route.device === null ? [] : ["dev", route.device]),
    "table",
    String(route.table),
    "metric",
    String(route.metric),
    "proto",
    String(route.protocol),
    ...(route.source === null ? [] : ["src", route.source]),
    ...(route.onlink ? ["onlink"] : []),
    ...(route.realm === 0 ? [] : ["realm", String(route.realm)]),
  ];
}

/** A line for `ip -batch`. */
export function replaceRoute(route: Route): string {
  return `route replace ${routeText(route)}`;
}

/** A line for `ip -batch` that removes this very route and no other. */
export function deleteRoute(route: Route): string {
  return `route del ${routeText({ ...route, realm: 0, source: null, onlink: false })}`;
}
