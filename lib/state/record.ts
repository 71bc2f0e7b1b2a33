/** What Waymark remembers between two events, beside what the kernel itself holds: /run/waymark/state.json. */

import type { Facts } from "../event/event.ts";

export type UplinkCondition = "up" | "down" | "disabled" | "checking" | "absent";

/** How an uplink was found the last time. */
export interface UplinkRecord {
  readonly interface: string | null;
  /** The kernel's number of that device; a device that came anew has another. */
  readonly index: number | null;
  readonly state: UplinkCondition;
  readonly reason: string;
  /** Milliseconds since 1970 at which the state began. */
  readonly since: number;
  readonly address4: string | null;
  readonly address6: string | null;
  readonly gateway4: string | null;
  readonly gateway6: string | null;
  /** The gateway answered since the carrier came (for `verify = "gateway"`). */
  readonly verified: boolean;
}

/** What a caller told of an interface, as long as it is the same device. */
export interface InterfaceFacts {
  readonly index: number;
  readonly facts: Facts;
}

/** Connections of an uplink that are still to be released. */
export interface Owed {
  /** All that bear its mark. */
  readonly all: boolean;
  /** Those that were translated to, or came from, these addresses. */
  readonly addresses: readonly string[];
}

/** A setting below /proc/sys or /sys that was changed. */
export interface ChangedSetting {
  readonly was: string;
  readonly set: string;
}

/** An uplink's addresses of both families. */
export interface Addresses {
  readonly address4: string | null;
  readonly address6: string | null;
}

export interface LoggedError {
  readonly at: number;
  readonly message: string;
}

export interface State {
  readonly version: 1;
  readonly uplinks: Readonly<Record<string, UplinkRecord>>;
  /** By uplink name: what it had when it last carried packets; kept while it is away. */
  readonly lastAddresses: Readonly<Record<string, Addresses>>;
  /** By uplink name: whether it counts as up to whoever is told of such things; an older version's state lacks it. */
  readonly told?: Readonly<Record<string, boolean>>;
  /** By uplink name: its name servers, or the last that were told of it. */
  readonly nameServers: Readonly<Record<string, readonly string[]>>;
  /** By interface name. */
  readonly facts: Readonly<Record<string, InterfaceFacts>>;
  /** By uplink name. */
  readonly owed: Readonly<Record<string, Owed>>;
  /** By path. */
  readonly settings: Readonly<Record<string, ChangedSetting>>;
  /** By uplink name: switched off by hand. */
  readonly manual: Readonly<Record<string, "disabled" | "drained">>;
  /** Names of the uplinks that new connections go to. */
  readonly choice: readonly string[];
  /** How often the choice was changed since the first run; a state that an older version wrote does not say. */
  readonly switches?: number;
  /** Uplinks that the loaded packet filter balances between. */
  readonly balanced: readonly string[];
  /** Fingerprint of the packet filter that was loaded; null: none. */
  readonly packetFilter: string | null;
  /** IPv6 rules are installed. */
  readonly ipv6: boolean;
  /** By table number: what a table of a prefix file was filled from. */
  readonly prefixTables: Readonly<Record<string, string>>;
  /** The last errors, oldest first, at most 10. */
  readonly errors: readonly LoggedError[];
}

export const NO_STATE: State = {
  version: 1,
  uplinks: {},
  lastAddresses: {},
  nameServers: {},
  facts: {},
  owed: {},
  settings: {},
  manual: {},
  choice: [],
  balanced: [],
  packetFilter: null,
  ipv6: false,
  prefixTables: {},
  errors: [],
};

/** The addresses that an uplink has, or had when it last carried packets. */
export function lastAddresses(state: State, name: string): Addresses {
  const record = state.uplinks[name];
  // A state that an older version wrote has no such list.
  return (
    (state.lastAddresses as State["lastAddresses"] | undefined)?.[name] ??
    (record?.state === "up" ? record : { address4: null, address6: null })
  );
}

/** Whether an uplink counts as up to whoever is told of such things. */
export function isToldUp(state: State, name: string): boolean {
  return state.told?.[name] ?? state.uplinks[name]?.state === "up";
}

const MOST_ERRORS = 10;

/** Whether two states say the same by these keys; what was handed on untouched is not read. */
export function isSameIn(keys: readonly (keyof State)[], left: State, right: State): boolean {
  return keys.every(
    (key) => left[key] === right[key] || JSON.stringify(left[key]) === JSON.stringify(right[key]),
  );
}

/** The state with one more error; what repeats the last one only moves its time. */
export function withError(state: State, message: string, at: number): State {
  const others = state.errors.filter((error) => error.message !== message);
  return { ...state, errors: [...others, { at, message }].slice(-MOST_ERRORS) };
}
