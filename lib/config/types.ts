/** What waymark.toml says, after it was found right: plain data that can be stored as JSON. */

import type { Family, Prefix } from "../net/prefix.ts";

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
  /** How it is found out whether the line works; null: it is not checked. */
  readonly check: Check | null;
  /** The words of the command that dials it again while it is down, run without a shell; null: nobody dials. */
  readonly redial: readonly string[] | null;
  /** Canonical addresses of name servers; []: none; null: those that pppd, NetworkManager or DHCP tell of. */
  readonly dns: readonly string[] | null;
}

/** How a target is asked. */
export type CheckMethod = "ping" | "tcp" | "dns" | "http";

/** Somebody beyond an uplink who answers if the uplink works. */
export interface CheckTarget {
  /**
   * Names the target in results and reasons, and is its canonical text: `9.9.9.9`, `9.9.9.9:443`, `[2620:fe::fe]:443`,
   * or a URL. No two targets of a check have the same.
   */
  readonly name: string;
  /** The family that it can be asked by; null: either (a URL with a host's name). */
  readonly family: Family | null;
  /** Canonical IP address, or a host's name, in a URL only. */
  readonly host: string;
  /** 1 to 65535; null: the method has none (ping). */
  readonly port: number | null;
}

/** `[check]` and `[uplink.NAME.check]`, for one uplink. Durations are in milliseconds. */
export interface Check {
  readonly method: CheckMethod;
  /** 1 to 8. */
  readonly targets: readonly CheckTarget[];
  /** How often each target is asked, 100 to 3,600,000. */
  readonly interval: number;
  /** An answer that takes longer is a failure, 50 to 60,000; at most ten intervals. */
  readonly timeout: number;
  /** Failures in a row until the uplink is down, 1 to 100. */
  readonly downAfter: number;
  /** Successes in a row until it is up again, 1 to 100. */
  readonly upAfter: number;
  /** How many targets have to answer, 1 to the number of targets. */
  readonly quorum: number;
  /** Over how many of the newest probes of each target loss and latency are measured, 5 to 100. */
  readonly window: number;
  /** Degraded above this share of lost probes, over 0 to 1; null: loss does not degrade. */
  readonly maxLoss: number | null;
  /** Degraded above this median latency, 1 to `timeout`; null: above `timeout`. */
  readonly maxLatency: number | null;
  /** Down above this share of lost probes, from maxLoss to 1; null: loss alone never. */
  readonly downLoss: number | null;
  /** Down above this median latency, from maxLatency to 60,000; null: latency alone never. */
  readonly downLatency: number | null;
  /** The HTTP status wanted, 100 to 599; null: the method is another one. */
  readonly expect: number | null;
  /** Text that the page has to contain, at most 200 characters; null: its text does not matter. */
  readonly keyword: string | null;
  /** The name that a name server is asked for, `.` for the root; null: the method is another one. */
  readonly query: string | null;
}

/** Who is told of the name servers of the uplinks in use; "auto": whoever is found on the machine. */
export type Publish = "auto" | "resolvconf" | "systemd-resolved" | "dnsmasq" | "none";

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
  readonly dns: {
    /** "none" without a [dns] table. */
    readonly publish: Publish;
  };
  readonly metrics: {
    /** Absolute path of a file for the Prometheus node exporter, ending in `.prom`; null: none is written. */
    readonly textfile: string | null;
  };
}
