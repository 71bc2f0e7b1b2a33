/** Stanzas of /etc/network/interfaces that get in each other's way when there are several uplinks. */

import type { Facts } from "../facts.ts";
import { edit, type Finding, note } from "../finding.ts";
import { type Line, linesOf, quote } from "../lines.ts";

interface Stanza {
  readonly device: string;
  readonly family: string;
  readonly method: string;
  readonly lines: readonly Line[];
}

/** Stanzas of interfaces(5), of the file and those that Debian has it read. */
export function stanzasOf({ files }: Facts): Stanza[] {
  const stanzas: (Stanza & { lines: Line[] })[] = [];
  const paths = Object.keys(files).filter((path) => /^\/etc\/network\/interfaces(\.d\/[^/]+)?$/.test(path));
  for (const path of paths.sort()) {
    let current: (Stanza & { lines: Line[] }) | null = null;
    for (const line of linesOf(path, files[path] ?? "", /^#/)) {
      const [word, device = "", family = "", method = ""] = line.text.split(/\s+/);
      if (word === "iface") {
        current = { device, family, method, lines: [] };
        stanzas.push(current);
      } else if (
        /^(auto|allow-\S+|mapping|source|source-directory|no-auto-down|no-scripts|template)$/.test(word ?? "")
      ) {
        current = null;
      } else current?.lines.push(line);
    }
  }
  return stanzas;
}

export function interfaces(facts: Facts): Finding[] {
  return sameGatewayMetric(facts);
}

/** ifup adds the default route, and the second one of the same metric is refused by the kernel: that ifup fails. */
function sameGatewayMetric(facts: Facts): Finding[] {
  const uplinks = new Map(
    (facts.house?.config.uplinks ?? []).map((uplink) => [uplink.interface, uplink.name]),
  );
  const gateways = stanzasOf(facts).flatMap((stanza) => {
    const line = stanza.lines.find(({ text }) => /^gateway\s/.test(text));
    const metric = stanza.lines.find(({ text }) => /^metric\s/.test(text))?.text.split(/\s+/)[1] ?? "0";
    return line === undefined || stanza.family !== "inet" ? [] : [{ stanza, line, metric }];
  });
  const clashing = gateways.filter(({ stanza, metric }) =>
    gateways.some((other) => other.stanza.device !== stanza.device && other.metric === metric),
  );
  if (clashing.length < 2) return [];
  return [
    {
      id: "two-gateways-one-metric",
      severity: "warning",
      title: `ifup fails for all but the first of ${clashing.map(({ stanza }) => stanza.device).join(", ")}: their default routes have the same metric`,
      found: clashing.map(({ line, metric }) => `${quote(line)} (metric ${metric})`),
      why: "The kernel refuses a second default route of one metric. ifup stops there, and if-up.d, with Waymark's hook, is not run.",
      remedy: clashing.slice(1).flatMap(({ stanza, line }, place) => {
        const name = uplinks.get(stanza.device);
        return [
          edit(line.path, line.text, `${line.text}\n    metric ${100 + place}`),
          ...(name === undefined ? [] : [note(`${name} may have any metric: Waymark goes by its tier`)]),
        ];
      }),
    },
  ];
}
