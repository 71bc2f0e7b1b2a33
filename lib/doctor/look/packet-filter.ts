/** Reads everybody's packet filter but Waymark's own. */

import { readFileSync } from "node:fs";
import { readIptables } from "../packet-filter/from-iptables.ts";
import { readNft, readRuleTexts } from "../packet-filter/from-nft.ts";
import type { FilterChain, PacketFilter } from "../packet-filter/model.ts";
import { said, saidJson } from "./tool.ts";

/** @returns null when `nft` cannot tell */
export function lookAtPacketFilter(): PacketFilter | null {
  const listing = saidJson("nft", ["-j", "list", "ruleset"]);
  if (listing === null) return null;
  const nft = readNft(listing, readRuleTexts(said("nft", ["-a", "list", "ruleset"]) ?? ""));
  const wrapped = [
    ...saved("iptables-nft-save", "iptables", 4),
    ...saved("ip6tables-nft-save", "ip6tables", 6),
  ];
  const legacy = [
    ...(hasLegacy("ip_tables_names") ? saved("iptables-legacy-save", "iptables-legacy", 4) : []),
    ...(hasLegacy("ip6_tables_names") ? saved("ip6tables-legacy-save", "ip6tables-legacy", 6) : []),
  ];
  // What iptables-nft made is told better by itself.
  const isWrapped = (chain: FilterChain) =>
    wrapped.some(
      ({ table, families }) => chain.owner === `nft table ${families[0] === 4 ? "ip" : "ip6"} ${table}`,
    );
  return {
    chains: [...nft.chains.filter((chain) => !isWrapped(chain)), ...wrapped, ...legacy],
    flowTables: nft.flowTables,
  };
}

function saved(tool: Parameters<typeof said>[0], owner: string, family: 4 | 6): FilterChain[] {
  const text = said(tool, []);
  return text === null ? [] : readIptables(text, owner, family);
}

/** Asking the legacy tools would load their tables, unless they are in use. */
function hasLegacy(name: string): boolean {
  try {
    return readFileSync(`/proc/net/${name}`, "utf8").trim() !== "";
  } catch {
    return false;
  }
}
