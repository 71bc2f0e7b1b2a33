/**
 * Reads what `ip -o -N monitor label link address route rule` prints: one line for each change, such as
 *
 *     [LINK]3: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 …
 *     [ADDR]Deleted 3: eth0    inet 192.0.2.5/24 scope 0 eth0\       valid_lft forever preferred_lft forever
 *     [ROUTE]default via 192.0.2.1 dev eth0 table 87001 proto 87 metric 100
 *     [ROUTE]Deleted 7 default table 87001 proto 87 metric 4294967295
 *     [RULE]30001:	from all lookup 254 suppress_prefixlength 0 proto 87
 *
 * just far enough to say what it is about. It is the same in iproute2 6.1 and 6.15. Pure.
 */

import { TABLE } from "../plan/layout.ts";

/** One change. `gone`: it was taken away. */
export type Change =
  | {
      readonly kind: "link";
      readonly index: number;
      readonly device: string;
      readonly gone: boolean;
      readonly flags: string;
    }
  | {
      readonly kind: "address";
      readonly index: number;
      /** Perhaps not what it is called now: see `Known`. */
      readonly device: string;
      readonly gone: boolean;
      /** The address with its prefix length and peer. */
      readonly address: string;
      /** All that is said of it but how long it lasts, which is said anew at each renewal. */
      readonly state: string;
    }
  /** A route of ours, or a default route of `main`. */
  | { readonly kind: "route" | "default"; readonly gone: boolean }
  | { readonly kind: "rule"; readonly gone: boolean }
  /** A route or rule of somebody else's: it may lead elsewhere what was ours. */
  | { readonly kind: "others" };

/** Routing table numbers that are ours: see layout.ts. */
const OURS = { first: TABLE.uplink, last: TABLE.uplink + 9999 } as const;
/** linux/rtnetlink.h: RT_TABLE_LOCAL goes with the addresses. */
const LOCAL = 255;

const GONE = "Deleted ";

/** @returns null for what concerns nobody, or cannot be read */
export function readIpLine(line: string): Change | null {
  // Routes first, and with as little work as can be: a routing daemon may add a hundred thousand at once.
  if (line.startsWith("[ROUTE]")) return readRoute(line);
  const label = /^\[([A-Z]+)\]/.exec(line);
  if (label === null) return null;
  const rest = line.slice(label[0].length);
  const gone = rest.startsWith(GONE);
  const text = gone ? rest.slice(GONE.length) : rest;
  switch (label[1]) {
    case "LINK":
      return readLink(text, gone);
    case "ADDR":
      return readAddress(text, gone);
    case "RULE":
      return / proto 87( |$)/.test(text) ? { kind: "rule", gone } : { kind: "others" };
    default:
      return null;
  }
}

/** A device's name may hold anything but blanks, `/` and `:`. */
const LINK = /^(\d+): ([^\s:]+): <([^\s>]*)>/;

function readLink(text: string, gone: boolean): Change | null {
  const found = LINK.exec(text);
  if (found === null) return null;
  const [, index, name = "", flags = ""] = found;
  return { kind: "link", index: Number(index), device: withoutPeer(name), gone, flags };
}

/** `eth0@if4` is eth0, whose other end is number 4. */
function withoutPeer(name: string): string {
  const at = name.lastIndexOf("@");
  return at <= 0 ? name : name.slice(0, at);
}

const ADDRESS = /^(\d+): (\S+) +(inet6? \S+(?: peer \S+)?)(.*)$/;

function readAddress(text: string, gone: boolean): Change | null {
  const found = ADDRESS.exec(text);
  if (found === null) return null;
  const [, index, device = "", address = "", more = ""] = found;
  const state = more.replace(/ valid_lft .*$/, "");
  return { kind: "address", index: Number(index), device, gone, address, state };
}

const TABLE_WORD = " table ";

function readRoute(line: string): Change | null {
  const gone = line.startsWith(GONE, "[ROUTE]".length);
  const table = tableOf(line);
  if (table !== null) {
    if (table >= OURS.first && table <= OURS.last) return { kind: "route", gone };
    return table === LOCAL ? null : { kind: "others" };
  }
  return /^\[ROUTE\](Deleted )?(\d+ )?default /.test(line) ? { kind: "default", gone } : { kind: "others" };
}

/** Whether the word behind the blank is what follows `dev`: a device may be called `table`, and another one `dev`. */
function isDeviceName(line: string, blank: number): boolean {
  return line.startsWith(" dev", blank - 4) && !line.startsWith(" dev dev", blank - 8);
}

/** The table's number; null: `main`, which is not named. */
function tableOf(line: string): number | null {
  for (let at = line.indexOf(TABLE_WORD); at >= 0; at = line.indexOf(TABLE_WORD, at + 1)) {
    if (isDeviceName(line, at)) continue;
    const number = Number.parseInt(line.slice(at + TABLE_WORD.length, at + TABLE_WORD.length + 10), 10);
    return Number.isNaN(number) ? null : number;
  }
  return null;
}
