/** What a machine has that may lead to the internet. */

import type { Family, Prefix } from "../net/prefix.ts";

/** What stands behind a device. */
export type Kind = "ethernet" | "wifi" | "mobile" | "bridge" | "tunnel" | "virtual";

export interface Device {
  readonly name: string;
  readonly kind: Kind;
  readonly up: boolean;
  readonly carrier: boolean;
  /** The IPv4 networks it stands in. */
  readonly networks: readonly Prefix[];
  readonly hasAddress: boolean;
  /** The bridge that it is a port of. */
  readonly bridge: string | null;
}

export interface DefaultRoute {
  readonly family: Family;
  readonly device: string;
  readonly gateway: string | null;
  readonly metric: number;
  readonly table: number;
}

/** How a PPP session reaches its provider. */
export type Medium = "dsl" | "modem";

/** A file below /etc/ppp/peers that says how to dial. */
export interface Peer {
  readonly name: string;
  readonly medium: Medium;
  /** The Ethernet device that the session runs over. */
  readonly over: string | null;
}

/** A PPP device that is up. */
export interface Session {
  readonly device: string;
  /** Its file below /etc/ppp/peers; null: not known. */
  readonly peer: string | null;
  readonly medium: Medium;
}

export interface Facts {
  readonly devices: readonly Device[];
  /** Those of other programs, in all tables. */
  readonly defaults: readonly DefaultRoute[];
  readonly peers: readonly Peer[];
  readonly sessions: readonly Session[];
}
