/** Packet filters of other programs, nft's and iptables' alike: only what makes a difference to routing. */

/** Device names of a selector; a trailing `*` stands for any rest. */
export interface Names {
  readonly names: readonly string[];
  readonly not: boolean;
}

/** What a rule does with a mark, or asks of it. */
export interface MarkUse {
  readonly field: "packet" | "connection";
  /** `copy`: from the other field. */
  readonly kind: "match" | "set" | "copy";
  /** null: not one constant. */
  readonly value: number | null;
  /** The bits that are compared, or that are written. */
  readonly mask: number;
}

export type Verdict =
  | { readonly kind: "accept" | "drop" | "return" }
  | { readonly kind: "jump" | "goto"; readonly target: string }
  /** Ends somewhere, but not known where. */
  | { readonly kind: "unknown" };

export interface FilterRule {
  /** As the tool prints it. */
  readonly text: string;
  readonly input: Names | null;
  readonly output: Names | null;
  /** Connection states that it asks for: one must hold. `dnat` stands for connections with a translated destination. */
  readonly states: readonly string[] | null;
  /** `tcp`, `udp`, `icmp` … */
  readonly protocol: string | null;
  readonly marks: readonly MarkUse[];
  /** Drops, or asks for, what has no way back by the device it came in by. */
  readonly reversePath: boolean;
  readonly untracked: boolean;
  readonly transparentProxy: boolean;
  readonly offloads: boolean;
  /** The address that it translates sources to. */
  readonly sourceTo: string | null;
  /** It asks for more than is told here. */
  readonly more: boolean;
  readonly verdict: Verdict | null;
}

export interface FilterChain {
  /** `nft table inet site`, `iptables-legacy` … */
  readonly owner: string;
  /** Families whose packets it sees. */
  readonly families: readonly (4 | 6)[];
  readonly table: string;
  readonly name: string;
  /** `forward`, `prerouting` …; null: only jumped to. */
  readonly hook: string | null;
  readonly drops: boolean;
  readonly rules: readonly FilterRule[];
}

/** A flow table of somebody's: connections in it pass by all rules. */
export interface FlowTable {
  readonly owner: string;
  readonly name: string;
  readonly devices: readonly string[];
}

export interface PacketFilter {
  readonly chains: readonly FilterChain[];
  readonly flowTables: readonly FlowTable[];
}

export const ALL_BITS = 0xffffffff;

export const EMPTY_RULE: FilterRule = {
  text: "",
  input: null,
  output: null,
  states: null,
  protocol: null,
  marks: [],
  reversePath: false,
  untracked: false,
  transparentProxy: false,
  offloads: false,
  sourceTo: null,
  more: false,
  verdict: null,
};

/** Whether a device is one of those that a selector names; no selector names all. */
export function includesDevice(selector: Names | null, device: string): boolean {
  if (selector === null) return true;
  const named = selector.names.some((name) =>
    name.endsWith("*") ? device.startsWith(name.slice(0, -1)) : name === device,
  );
  return named !== selector.not;
}
