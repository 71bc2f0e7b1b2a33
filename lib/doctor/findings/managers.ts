/** Other programs that decide over uplinks: two of them undo each other's work. */

import type { Facts } from "../facts.ts";
import { type Finding, run, type Severity, type Step } from "../finding.ts";
import { linesOf } from "../lines.ts";
import { isEnabled, processesOf, runs } from "../units.ts";

interface Manager {
  readonly name: string;
  readonly severity: Severity;
  /** What shows that it is at work; []: it is not. */
  readonly signs: (facts: Facts) => string[];
  readonly why: string;
  readonly remedy: readonly Step[];
}

const MANAGERS: readonly Manager[] = [
  {
    name: "Shorewall's providers",
    severity: "error",
    signs: (facts) => {
      const providers = linesOf("/etc/shorewall/providers", facts.files["/etc/shorewall/providers"] ?? "");
      const active =
        isEnabled(facts, "shorewall.service") || facts.entries["/var/lib/shorewall/firewall"] !== undefined;
      return active ? providers.map(({ path, number, text }) => `${path}:${number}: ${text}`) : [];
    },
    why: "Shorewall makes tables, rules and marks of its own for the same lines, and removes what it does not know at every restart.",
    remedy: [
      run("mv /etc/shorewall/providers /etc/shorewall/providers.before-waymark"),
      run("shorewall restart"),
      run("waymark apply"),
    ],
  },
  {
    name: "foolsm (LSM)",
    severity: "warning",
    signs: (facts) => running(facts, "foolsm", "lsm"),
    why: "It calls scripts that switch providers, beside Waymark's own choice.",
    remedy: [run("systemctl disable --now foolsm")],
  },
  {
    name: "mwan3",
    severity: "error",
    signs: (facts) => running(facts, "mwan3track", "mwan3rtmon"),
    why: "It deletes every rule with a priority from 1000 to 3999, and marks the same connections.",
    remedy: [run("systemctl disable --now mwan3")],
  },
  {
    name: "connman",
    severity: "warning",
    signs: (facts) => running(facts, "connmand"),
    why: "It keeps one default route, of the service that it holds for the best, and takes the others' away; their gateways are then not learnt from the main table.",
    remedy: [run("systemctl disable --now connman")],
  },
  {
    name: "ifmetric",
    severity: "note",
    signs: (facts) =>
      Object.entries(facts.files).flatMap(([path, text]) =>
        path.startsWith("/etc/network/interfaces")
          ? linesOf(path, text)
              .filter(
                (line) => /^metric\s+\d/.test(line.text) && facts.entries["/usr/sbin/ifmetric"] !== undefined,
              )
              .map((line) => `${line.path}:${line.number}: ${line.text}`)
          : [],
      ),
    why: "Metrics of the main table have no effect on Waymark's choice: tier does.",
    remedy: [],
  },
];

export function managers(facts: Facts): Finding[] {
  if (facts.house === null) return [];
  return MANAGERS.flatMap(({ name, severity, signs, why, remedy }): Finding[] => {
    const found = signs(facts);
    if (found.length === 0) return [];
    return [
      { id: "other-manager", severity, title: `${name} decides over the uplinks too`, found, why, remedy },
    ];
  });
}

function running(facts: Facts, ...programs: readonly string[]): string[] {
  return programs
    .filter((program) => runs(facts, program))
    .flatMap((program) =>
      processesOf(facts, program)
        .slice(0, 1)
        .map(({ pid }) => `${program} runs (process ${pid})`),
    );
}
