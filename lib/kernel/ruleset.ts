/** The packet filter's own table as data: chains of rules, written out for `nft -f`. */

export interface Chain {
  readonly name: string;
  /** `type filter hook … priority …`; null for a chain that others jump to. */
  readonly hook: string | null;
  readonly rules: readonly string[];
}

export type Ruleset = readonly Chain[];

/** The one table that is Waymark's (nft family and name). */
export const NFT_TABLE = "inet waymark";

function chainText(chain: Chain): string {
  const head = chain.hook === null ? [] : [`${chain.hook}; policy accept;`];
  const lines = [...head, ...chain.rules].map((line) => `    ${line}`);
  return [`  chain ${chain.name} {`, ...lines, "  }"].join("\n");
}

/**
 * Input for `nft -f` that puts the whole table in place of whatever table of this name there is, in one transaction;
 * nft 1.0.6 has no `destroy`, hence add and delete.
 */
export function replaceTable(ruleset: Ruleset): string {
  // Chains that are jumped to come first: nft wants them known.
  const ordered = [
    ...ruleset.filter((chain) => chain.hook === null),
    ...ruleset.filter((chain) => chain.hook !== null),
  ];
  return [
    `table ${NFT_TABLE}`,
    `delete table ${NFT_TABLE}`,
    `table ${NFT_TABLE} {`,
    ...ordered.map(chainText),
    "}",
    "",
  ].join("\n");
}

/** Input for `nft -f` that takes the table away. */
export function deleteTable(): string {
  return `table ${NFT_TABLE}\ndelete table ${NFT_TABLE}\n`;
}

/**
 * Input for `nft -f` that leads from one ruleset to another, touching only the chains that differ.
 * @returns "" when nothing differs
 */
export function changeTable(from: Ruleset, to: Ruleset): string {
  const before = new Map(from.map((chain) => [chain.name, chain]));
  const after = new Map(to.map((chain) => [chain.name, chain]));
  const changed = to.filter((chain) => !isDeepSame(before.get(chain.name), chain));
  const gone = from.filter((chain) => !after.has(chain.name));
  const rehooked = changed.some(
    (chain) => before.has(chain.name) && before.get(chain.name)?.hook !== chain.hook,
  );
  if (rehooked) return replaceTable(to);
  const known = changed.filter((chain) => before.has(chain.name));
  const fresh = changed.filter((chain) => !before.has(chain.name));
  const lines = [
    ...fresh.map(
      (chain) =>
        `add chain ${NFT_TABLE} ${chain.name}${chain.hook === null ? "" : ` { ${chain.hook}; policy accept; }`}`,
    ),
    ...[...known, ...gone].map((chain) => `flush chain ${NFT_TABLE} ${chain.name}`),
    ...changed.flatMap((chain) => chain.rules.map((rule) => `add rule ${NFT_TABLE} ${chain.name} ${rule}`)),
    ...gone.map((chain) => `delete chain ${NFT_TABLE} ${chain.name}`),
  ];
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

function isDeepSame(left: Chain | undefined, right: Chain): boolean {
  return (
    left !== undefined &&
    left.hook === right.hook &&
    left.rules.length === right.rules.length &&
    left.rules.every((rule, place) => rule === right.rules[place])
  );
}
