/** Flow tables of other programs: connections in them pass by all rules, Waymark's too. */

import type { Facts } from "../facts.ts";
import { type Finding, note, run, shellWord } from "../finding.ts";

export function offload(facts: Facts): Finding[] {
  const uplinks = (facts.house?.uplinks ?? []).flatMap(({ interface: name }) => name ?? []);
  const tables = (facts.filter?.flowTables ?? []).filter(({ devices }) =>
    devices.some((name) => uplinks.includes(name)),
  );
  const legacy = (facts.filter?.chains ?? []).flatMap((chain) =>
    chain.owner.startsWith("iptables")
      ? chain.rules
          .filter(({ offloads }) => offloads)
          .map((rule) => `${chain.owner}, chain ${chain.name}: ${rule.text}`)
      : [],
  );
  if (uplinks.length === 0 || tables.length + legacy.length === 0) return [];
  return [
    {
      id: "flow-offload",
      severity: "warning",
      title: "another program takes connections past the packet filter (flow offload)",
      found: [
        ...tables.map(({ owner, name, devices }) => `${owner}: flowtable ${name} of ${devices.join(", ")}`),
        ...legacy,
      ],
      why: "An offloaded connection keeps the route that it had: after a switch it goes on over the old uplink for up to 30 seconds, and shares by weight are not kept.",
      remedy: [
        ...tables.map(({ owner, name }) => {
          const table = owner
            .replace(/^nft table /, "")
            .split(" ")
            .map(shellWord)
            .join(" ");
          return note(
            `take the rules "flow add @${name}" out of table ${table}, then: nft delete flowtable ${table} ${shellWord(name)}`,
          );
        }),
        ...(legacy.length > 0 ? [run("iptables-save | grep FLOWOFFLOAD")] : []),
      ],
    },
  ];
}
