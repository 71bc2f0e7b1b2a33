/** Routes with all that decides whether the kernel takes them: the type, and how each next hop stands. */

import { type Family, type Prefix, parsePrefix } from "../net/prefix.ts";

/** One way of a route that has several. */
export interface NextHop {
  readonly device: string | null;
  readonly gateway: string | null;
  /** The device is switched off. */
  readonly dead: boolean;
  /** The device has no carrier. */
  readonly linkDown: boolean;
}

export type RouteKind =
  | "unicast"
  | "local"
  | "broadcast"
  | "multicast"
  | "unreachable"
  | "prohibit"
  | "blackhole"
  | "throw"
  | "other";

export interface TableRoute {
  readonly table: number;
  readonly kind: RouteKind;
  readonly destination: Prefix;
  readonly metric: number;
  /** Preferred source address. */
  readonly source: string | null;
  readonly realm: number;
  /** Router preference of IPv6: higher is better. */
  readonly preference: number;
  readonly nextHops: readonly NextHop[];
}

interface JsonHop {
  readonly gateway?: string;
  readonly via?: { readonly host?: string };
  readonly dev?: string;
  readonly flags?: readonly string[];
}

interface JsonRoute extends JsonHop {
  readonly type?: string;
  readonly dst?: string;
  readonly table?: string;
  readonly metric?: number;
  readonly prefsrc?: string;
  readonly tos?: string;
  readonly from?: string;
  readonly pref?: string;
  readonly flow?: { readonly to?: string };
  readonly nexthops?: readonly JsonHop[];
}

/** RTN_* of linux/rtnetlink.h; without -N iproute2 prints the words. */
const KINDS: Readonly<Record<string, RouteKind>> = {
  "1": "unicast",
  "2": "local",
  "3": "broadcast",
  "4": "broadcast",
  "5": "multicast",
  "6": "blackhole",
  "7": "unreachable",
  "8": "prohibit",
  "9": "throw",
};

const PREFERENCES: Readonly<Record<string, number>> = { low: -1, high: 1 };

const hopOf = (json: JsonHop): NextHop => ({
  device: json.dev ?? null,
  gateway: json.gateway ?? json.via?.host ?? null,
  dead: json.flags?.includes("dead") ?? false,
  linkDown: json.flags?.includes("linkdown") ?? false,
});

/** Reads the array that `ip -N -d -j route show table all` prints for one family. */
export function parseTableRoutes(json: unknown, family: Family): TableRoute[] {
  return (json as readonly JsonRoute[]).flatMap((entry) => {
    // Routes for one type of service or one source only: no packet here has either.
    if (entry.dst === undefined || entry.tos !== undefined || entry.from !== undefined) return [];
    const all = family === 4 ? "0.0.0.0/0" : "::/0";
    const destination = parsePrefix(entry.dst === "default" ? all : entry.dst);
    if (destination === null || destination.family !== family) return [];
    return [
      {
        table: Number(entry.table ?? 254),
        kind: kindOf(entry.type),
        destination,
        metric: entry.metric ?? 0,
        source: entry.prefsrc ?? null,
        realm: Number(entry.flow?.to ?? 0),
        preference: PREFERENCES[entry.pref ?? ""] ?? 0,
        nextHops: (entry.nexthops ?? [entry]).map(hopOf),
      },
    ];
  });
}

function kindOf(type: string | undefined): RouteKind {
  if (type === undefined) return "unicast";
  return KINDS[type] ?? Object.values(KINDS).find((kind) => kind === type) ?? "other";
}
