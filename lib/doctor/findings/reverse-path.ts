/** Reverse path filters that drop what comes in by an uplink that is not the best way back. */

import type { Facts } from "../facts.ts";
import { edit, type Finding, note, run, type Step, shellWord } from "../finding.ts";
import { type Line, linesOf, quote } from "../lines.ts";
import { includesDevice } from "../packet-filter/model.ts";
import { devicePath, sysctlLines } from "../sysctl-files.ts";

const STRICT = 1;

export function reversePath(facts: Facts): Finding[] {
  return [...strictUplinks(facts), ...strictAtBirth(facts), ...strictRules(facts)];
}

/** The greater of `all` and the device's own counts (ip-sysctl.rst). */
function strictUplinks(facts: Facts): Finding[] {
  const all = Number(facts.settings[devicePath("ipv4", "all", "rp_filter")] ?? 0);
  return (facts.house?.uplinks ?? []).flatMap(({ uplink, link }): Finding[] => {
    if (link === null) return [];
    const path = devicePath("ipv4", link.name, "rp_filter");
    const own = Number(facts.settings[path] ?? 0);
    if (Math.max(all, own) !== STRICT) return [];
    const key = `net.ipv4.conf.${link.name}.rp_filter`;
    // `all` need not go: 2 on the device outweighs it.
    const written = sysctlLines(facts, key).filter(({ value }) => value !== "2");
    return [
      {
        id: "reverse-path-strict",
        severity: "error",
        title: `the reverse path filter of ${link.name} (${uplink.name}) is strict`,
        found: [
          `net.ipv4.conf.all.rp_filter = ${all}, ${key} = ${own}: the greater counts, 1 is strict`,
          ...[...sysctlLines(facts, "net.ipv4.conf.all.rp_filter"), ...written].map(quote),
        ],
        why: `What comes in by ${link.name} is dropped whenever another uplink is the better way back to its sender: answers, and connections from outside.`,
        remedy: [
          ...written.map((line): Step => edit(line.path, line.text, `${key} = 2`)),
          run(facts.self.applied ? `sysctl -w ${shellWord(key)}=2` : "waymark apply"),
        ],
      },
    ];
  });
}

/** A pppN is new at every dial. */
function strictAtBirth(facts: Facts): Finding[] {
  const value = facts.settings[devicePath("ipv4", "default", "rp_filter")];
  const dialled = (facts.house?.uplinks ?? []).filter(
    ({ uplink, interface: device }) => uplink.peer !== null || /^ppp/.test(device ?? ""),
  );
  if (Number(value) !== STRICT || dialled.length === 0) return [];
  const written = sysctlLines(facts, "net.ipv4.conf.default.rp_filter");
  return [
    {
      id: "reverse-path-default-strict",
      severity: "note",
      title: "new interfaces begin with a strict reverse path filter",
      found: [
        `net.ipv4.conf.default.rp_filter = ${value}; uplinks that are new at each dial: ${dialled.map(({ uplink }) => uplink.name).join(", ")}`,
        ...written.map(quote),
      ],
      why: "From the moment a PPP link is up until its hook has run, which is well below a second, answers that come in by it may be dropped. Waymark then sets 2 (loose).",
      remedy: written.map((line) => edit(line.path, line.text, "net.ipv4.conf.default.rp_filter = 2")),
    },
  ];
}

/** The same in a packet filter: firewalld's IPv6_rpfilter, or a rule by hand. */
function strictRules(facts: Facts): Finding[] {
  const uplinks = facts.house?.uplinks ?? [];
  return (facts.filter?.chains ?? []).flatMap((chain) =>
    chain.rules.flatMap((rule): Finding[] => {
      if (!rule.reversePath) return [];
      const hit = uplinks.filter(
        ({ interface: device, path4, path6 }) =>
          device !== null &&
          includesDevice(rule.input, device) &&
          ((path4 !== null && chain.families.includes(4)) || (path6 !== null && chain.families.includes(6))),
      );
      if (hit.length < 1 || uplinks.length < 2) return [];
      const option = firewalldLine(facts, chain.owner);
      return [
        {
          id: "reverse-path-rule",
          severity: "error",
          title: "a packet-filter rule drops what comes in by an uplink that is not the best way back",
          found: [`${chain.owner}, chain ${chain.name}: ${rule.text}`],
          why: `It checks the way back strictly, as rp_filter 1 does; it concerns ${hit.map(({ uplink }) => uplink.name).join(", ")}.`,
          remedy:
            option === undefined
              ? [
                  note(
                    `take the rule out of the program or file that made it, or let the uplinks' devices pass before it`,
                  ),
                ]
              : [edit(option.path, option.text, "IPv6_rpfilter=no"), run("firewall-cmd --complete-reload")],
        },
      ];
    }),
  );
}

const FIREWALLD = "/etc/firewalld/firewalld.conf";

function firewalldLine({ files }: Facts, owner: string): Line | undefined {
  if (!/firewalld/.test(owner)) return undefined;
  return linesOf(FIREWALLD, files[FIREWALLD] ?? "").find(({ text }) => text.startsWith("IPv6_rpfilter"));
}
