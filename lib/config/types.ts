/** What waymark.toml says, after it was found right: plain data that can be stored as JSON. */

import type { Prefix } from "../net/prefix.ts";

/** Address translation of new connections that leave by an uplink. */
export type Nat = "masquerade" | "snat" | "none";

/** One way to the internet, `[uplink.NAME]`. */
export interface Uplink {
  /** `^[a-z][a-z0-9_-]*$` in either case, at most 15 characters. */
  readonly name: string;
  /** The network interface; null when `peer` says which PPP session it is. */
  readonly interface: string | null;
  /** Name below /etc/ppp/peers, linkname, or ipparam of the PPP session; null when `interface` is given. */
  readonly peer: string | null;
  /** Canonical IPv4 or IPv6 address; null means "auto": learnt. */
  readonly gateway: string | null;
  /** 1 to 1000; lower is preferred. */
  readonly tier: number;
  /** 1 to 256; share of new connections within the tier. */
  readonly weight: number;
  readonly nat: Nat;
  /** Hosts of this uplink's own subnet are LAN clients (one-armed router). */
  readonly lan: boolean;
  /** Connections stay on the uplink that carried their first packet. */
  readonly pin: boolean;
  /** No source rule for this uplink's addresses. */
  readonly loose: boolean;
  readonly metered: boolean;
  /** What happens to this uplink's connections when a better tier returns. */
  readonly failback: "keep" | "move";
  /** The port whose carrier counts; null: the interface's own. */
  readonly carrier: string | null;
  /** "gateway": the gateway must have answered before the uplink is chosen. */
  readonly verify: "gateway" | null;
  readonly spreadCpus: boolean;
}

/** First and last port, both included, 1 to 65535. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** A Unix account, by the name the file gives and its number. */
export interface Account {
  readonly name: string;
  readonly id: number;
}

/** `[[rule]]`: which traffic leaves by which uplinks. All selectors given must hold; null or [] is "any". */
export interface Rule {
  /** From the file, or `rule-N` with N its place in the file, from 1. */
  readonly name: string;
  readonly user: Account | null;
  readonly group: Account | null;
  readonly source: readonly Prefix[];
  readonly destination: readonly Prefix[];
  /** Absolute path of a file with one prefix a line. */
  readonly destinationFile: string | null;
  /** IANA protocol number, 1 to 255. */
  readonly protocol: number | null;
  readonly sourcePort: readonly PortRange[];
  readonly destinationPort: readonly PortRange[];
  /** Interface that the packet came in by. */
  readonly interface: string | null;
  /** Names of uplinks in order of preference, at least one. */
  readonly via: readonly string[];
  /** What happens when none of `via` works. */
  readonly otherwise: "default" | "unreachable";
}

export interface Config {
  /** In the order of the file, 1 to 255. */
  readonly uplinks: readonly Uplink[];
  /** In the order of the file: the first match wins. */
  readonly rules: readonly Rule[];
  readonly router: {
    /** true: ip_forward is switched on; null: left alone. */
    readonly forward: boolean | null;
  };
  readonly marks: {
    /** Neighbouring bits of the packet mark that are Waymark's, as an unsigned 32-bit number. */
    readonly mask: number;
  };
}
