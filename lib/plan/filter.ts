/**
 * All that the packet filter depends on, and nothing else: what it is made from (`packet-filter.ts`) is short beside the
 * hundreds of chains that it makes, so whoever knows it unchanged need not make them again.
 */

import type { Config, Nat } from "../config/types.ts";
import type { Chain } from "../kernel/ruleset.ts";
import { formatPrefix } from "../net/prefix.ts";
import { groupRules } from "./group-rules.ts";
import type { Marking } from "./marking.ts";
import { hex } from "./marks.ts";
import { hasSocketProbes, probeChains } from "./probe-marks.ts";
import { sharedLans } from "./shared-lan.ts";
import type { UplinkState } from "./uplink-state.ts";

/** An uplink that has a device, even one that is away just now. */
export interface FilterUplink {
  readonly name: string;
  /** In hexadecimal. */
  readonly mark: string;
  /** The mark of new connections that are balanced to it; null: they never are. */
  readonly share: string | null;
  readonly device: string;
  readonly pin: boolean;
  readonly weight: number;
  readonly nat: Nat;
  /** What `nat = "snat"` translates to, if it is known. */
  readonly snatTo: string | null;
  /** Its LAN's hosts are clients of ours. */
  readonly isLan: boolean;
  /** Its own IPv4 networks, then. */
  readonly lan: readonly string[];
  /** A router in that LAN answers its clients directly. */
  readonly oneWay: boolean;
  /** Networks that it stands in together with other uplinks. */
  readonly sharedLans: readonly string[];
}

/** What the packet filter is made from. Equal ones make equal text. */
export interface Filter {
  /** The bits of the mark that are ours. */
  readonly mask: number;
  readonly uplinks: readonly FilterUplink[];
  readonly sharedLans: readonly { readonly network: string; readonly devices: readonly string[] }[];
  /** Chains for probes through ordinary sockets; null: there are none such. */
  readonly probes: readonly Chain[] | null;
  /** Rules of `[[rule]]`s with a group. */
  readonly groups: readonly string[];
  /** Names of the uplinks that share new connections now; fewer than two: nothing is balanced. */
  readonly balanced: readonly string[];
  /** The device of the uplink that the choice's best route leaves by; null: there is none, or nothing is balanced. */
  readonly first: string | null;
  /** IPv4 name servers that have an uplink of their own; none where nothing is balanced. */
  readonly nameServers: readonly string[];
  /** IPv6 name servers whose uplinks are all down. */
  readonly closedServers6: readonly string[];
}

/** The statement that sets our bits of a packet's mark, and leaves the others. @param mark in hexadecimal */
export function setMeta(mask: number, mark: string): string {
  return `meta mark set meta mark & ${hex(~mask)} | ${mark}`;
}

export interface FilterInput extends Pick<Filter, "balanced" | "first" | "nameServers" | "closedServers6"> {
  readonly config: Config;
  readonly uplinks: readonly UplinkState[];
  readonly marking: Marking;
}

/** Takes from all that is known what the packet filter depends on. */
export function planFilter(input: FilterInput): Filter {
  const { config, uplinks, marking, balanced, first, nameServers, closedServers6 } = input;
  const sharing = balanced.length > 1;
  const { mask } = config.marks;
  const shared = sharedLans(uplinks).map(({ network, members }) => ({
    network: formatPrefix(network),
    members,
    devices: members.map((member) => member.interface ?? ""),
  }));
  const setMark = (mark: number) => setMeta(mask, hex(mark));
  return {
    mask,
    uplinks: uplinks.flatMap((state): FilterUplink[] => {
      const { uplink, interface: device } = state;
      if (device === null) return [];
      const share = marking.balanceMarks.get(uplink.name);
      return [
        {
          name: uplink.name,
          mark: hex(state.mark),
          share: share === undefined ? null : hex(share),
          device,
          pin: uplink.pin,
          weight: uplink.weight,
          nat: uplink.nat,
          snatTo: uplink.nat === "snat" ? (state.path4?.address ?? null) : null,
          isLan: uplink.lan,
          lan: uplink.lan ? (state.path4?.networks ?? []).map(formatPrefix) : [],
          oneWay: uplink.lan && state.state === "up" && uplink.nat === "none",
          sharedLans: shared.flatMap(({ network, members }) => (members.includes(state) ? [network] : [])),
        },
      ];
    }),
    sharedLans: shared.map(({ network, devices }) => ({ network, devices })),
    probes: hasSocketProbes(config) ? probeChains(uplinks, setMark) : null,
    groups: groupRules(config, marking, setMark),
    // What makes no difference now is left out, so that it makes none here either.
    balanced: sharing ? balanced : [],
    first: sharing ? first : null,
    nameServers: sharing ? nameServers : [],
    closedServers6,
  };
}

/** Nothing is filtered: there is no table. */
export const NO_FILTER: Filter = {
  mask: 0,
  uplinks: [],
  sharedLans: [],
  probes: null,
  groups: [],
  balanced: [],
  first: null,
  nameServers: [],
  closedServers6: [],
};
