/** What the kernel in memory holds, and the words it refuses with. */

import { contains, type Family, parsePrefix } from "../../lib/net/prefix.ts";

export interface FakeAddress {
  readonly family: Family;
  readonly local: string;
  readonly length: number;
  readonly peer: string | null;
}

export interface FakeLink {
  readonly index: number;
  readonly name: string;
  readonly pointToPoint: boolean;
  up: boolean;
  carrier: boolean;
  addresses: FakeAddress[];
  /** Addresses that answer ARP on this link. */
  answers: Set<string>;
}

export interface FakeRoute {
  readonly family: Family;
  readonly table: number;
  /** RTN_* number: 1 unicast, 7 unreachable. */
  readonly type: number;
  readonly destination: string;
  readonly gateway: string | null;
  readonly device: string | null;
  readonly metric: number;
  readonly protocol: number;
  readonly source: string | null;
  readonly onlink: boolean;
  readonly realm: number;
}

export interface FakeNeighbour {
  readonly address: string;
  readonly device: string;
  heard: boolean;
}

/** A tracked connection, by what `conntrack -D` can select. */
export interface FakeConnection {
  readonly family: Family;
  readonly mark: number;
  readonly origDestination: string;
  readonly replyDestination: string;
}

/** A refusal in the tool's own words. */
export class Refused extends Error {}

/** The test gave the kernel in memory what Waymark never says: the test fails. */
export class NotUnderstood extends Error {
  constructor(what: string) {
    super(`the kernel in memory does not understand: ${what}`);
  }
}

/** `default`, or the prefix; the length of what a route or selector covers. */
export function lengthOf(destination: string, family: Family): number {
  if (destination === "default") return 0;
  const slash = destination.indexOf("/");
  if (slash >= 0) return Number(destination.slice(slash + 1));
  return family === 4 ? 32 : 128;
}

const answers = new Map<string, boolean>();

/** Whether the address lies in the prefix; what was asked once is remembered, since look-ups ask it all the time. */
export function covers(prefix: string, address: string): boolean {
  const key = `${prefix} ${address}`;
  const known = answers.get(key);
  if (known !== undefined) return known;
  const parsed = parsePrefix(prefix);
  const answer = parsed !== null && contains(parsed, address);
  answers.set(key, answer);
  return answer;
}

/** Removes the elements that hold. @returns those removed */
export function take<T>(list: T[], holds: (element: T) => boolean): T[] {
  const gone = list.filter(holds);
  const kept = list.filter((element) => !holds(element));
  list.splice(0, list.length, ...kept);
  return gone;
}
