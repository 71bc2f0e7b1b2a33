/**
 * Reads what `nft monitor` prints: one line for each change, such as
 *
 *     delete rule inet waymark prerouting handle 12
 *     delete table inet waymark
 *     # new generation 8 by process 27653 (nft)
 *
 * Pure. (`nft monitor destroy`, which would do, is a syntax error in nft 1.1.3.)
 */

import { NFT_TABLE } from "../kernel/ruleset.ts";

const OURS = new RegExp(`^(add|delete|insert|replace|destroy|flush|create) [a-z]+ ${NFT_TABLE}( |$)`);

/** `ours`: our table changed; `missed`: the kernel had more to tell than was read in time. null: nothing of interest. */
export type FilterChange = { readonly kind: "ours"; readonly gone: boolean } | { readonly kind: "missed" };

export function readNftLine(line: string): FilterChange | null {
  const found = OURS.exec(line);
  if (found !== null) return { kind: "ours", gone: found[1] === "delete" || found[1] === "destroy" };
  return line.startsWith("# ERROR") ? { kind: "missed" } : null;
}
