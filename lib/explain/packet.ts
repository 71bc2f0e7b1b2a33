/** What the routing of a packet depends on. */

import type { Family } from "../net/prefix.ts";

/** The kernel's name for where this machine's own packets come in (ip-rule(8)). */
export const LOCAL = "lo";

/** A packet as the routing policy rules see it. */
export interface Packet {
  readonly family: Family;
  /** Canonical address. */
  readonly to: string;
  /** Canonical address; null: not chosen yet, as with a socket that is not bound. */
  readonly from: string | null;
  /** The interface it came in by; `lo` for this machine's own. */
  readonly input: string;
  readonly mark: number;
  /** Forwarded packets count as those of user 0. */
  readonly user: number;
  /** IANA number; null: not said. */
  readonly protocol: number | null;
  readonly destinationPort: number | null;
}
