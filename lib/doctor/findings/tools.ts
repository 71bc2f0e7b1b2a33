/** Tools that are missing or too old. */

import type { Facts } from "../facts.ts";
import { type Finding, note, run } from "../finding.ts";

/** The oldest that Waymark is tested with: Debian 12's. */
const OLDEST = { node: "18.0.0", nft: "1.0.6", ip: "6.1.0", kernel: "6.1" } as const;

export function tools(facts: Facts): Finding[] {
  const { versions } = facts;
  return [
    ...unread(facts),
    ...missing("ip", "iproute2", versions.ip, "error", "Nothing can be routed without it."),
    ...missing("nft", "nftables", versions.nft, "error", "Without it nothing is pinned or translated."),
    ...missing(
      "conntrack",
      "conntrack",
      versions.conntrack,
      "warning",
      "Connections of an uplink that is gone cannot be let go: they hang until their programs give up.",
    ),
    ...(isOlder(versions.node, OLDEST.node)
      ? [
          {
            id: "node-old",
            severity: "error",
            title: `node is version ${versions.node}, and ${OLDEST.node} or later is needed`,
            found: [`node ${versions.node}`],
            why: "The hooks end with an error at every event.",
            remedy: [
              note(
                "Debian 12 has nodejs 18, Debian 13 has 20: upgrade, or install one and run ./install.sh with NODE=/path/to/node",
              ),
            ],
          } as const,
        ]
      : []),
    ...untested("nft", versions.nft, OLDEST.nft),
    ...untested("iproute2", versions.ip, OLDEST.ip),
    ...untested("the kernel", versions.kernel, OLDEST.kernel),
  ];
}

/** What was not looked at must not be taken for good. */
function unread({ versions, filter }: Facts): Finding[] {
  if (versions.nft === null || filter !== null) return [];
  return [
    {
      id: "packet-filter-unread",
      severity: "note",
      title: "the packet filter could not be looked at",
      found: ["nft -j list ruleset failed, or printed what cannot be read"],
      why: "What other programs do to marks, to forwarded packets and to addresses is not known.",
      remedy: [run("nft -j list ruleset")],
    },
  ];
}

function missing(
  tool: string,
  debian: string,
  said: string | null,
  severity: "error" | "warning",
  why: string,
): Finding[] {
  if (said !== null) return [];
  return [
    {
      id: `${tool}-missing`,
      severity,
      title: `${tool} is not installed`,
      found: [`${tool} is not in PATH`],
      why,
      remedy: [run(`apt-get install ${debian}`)],
    },
  ];
}

function untested(what: string, said: string | null, oldest: string): Finding[] {
  const version = versionIn(said ?? "");
  if (version === null || !isOlder(version, oldest)) return [];
  return [
    {
      id: `${what.replace("the ", "")}-old`,
      severity: "warning",
      title: `${what} is older than Waymark is tested with`,
      found: [`${said?.split("\n")[0]}; tested from ${oldest} on`],
      why: "What it refuses is said by waymark apply and in waymark status.",
      remedy: [note("upgrade to Debian 12 or later")],
    },
  ];
}

/** The first number with dots: `nftables v1.0.6 (...)`, `iproute2-6.1.0`, `6.1.0-18-amd64`. */
export function versionIn(text: string): string | null {
  return /(\d+\.\d+(?:\.\d+)*)/.exec(text)?.[1] ?? null;
}

/** Compares part by part, as numbers. */
export function isOlder(version: string, than: string): boolean {
  const [left, right] = [version, than].map((text) => text.split(".").map(Number));
  for (let at = 0; at < (right?.length ?? 0); at++) {
    const [one, other] = [left?.[at] ?? 0, right?.[at] ?? 0];
    if (one !== other) return one < other;
  }
  return false;
}
