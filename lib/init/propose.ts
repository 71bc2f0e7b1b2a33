/** A starting configuration, commented, from what a machine has. */

import { isInterfaceName } from "../net/interface-name.ts";
import { type Candidate, candidatesOf, mayLead } from "./candidates.ts";
import type { Facts } from "./facts.ts";

export interface Proposal {
  /** The text of waymark.toml. */
  readonly text: string;
  readonly uplinks: readonly Candidate[];
}

const HEAD = `# The ways to the internet of this machine, as "waymark init" found them. waymark.toml(5) describes every key.
# After a change: "waymark check", "waymark plan" to see what would be done, "waymark apply" to do it.
#
# The lowest tier that works carries new connections. Uplinks of one tier share them by weight: to have that, give
# them the same tier.
`;

const TAIL = `
# [[rule]]                      # some traffic leaves by an uplink of its own; the first rule that matches wins
# destination = "192.0.2.0/24"  # or user, group, source, protocol, destination_port …
# via = "NAME"

# [router]
# forward = true                # this machine routes for others: switches ip_forward on
`;

/** @returns null if nothing leads anywhere */
export function propose(facts: Facts): Proposal | null {
  const uplinks = candidatesOf(facts);
  if (uplinks.length === 0) return null;
  return { text: [HEAD, ...uplinks.map(table), ...leftOut(facts, uplinks), TAIL].join(""), uplinks };
}

/** One `[uplink.NAME]` table. */
function table(uplink: Candidate): string {
  const lines: (readonly [string, string])[] = [
    ...(uplink.interface === null ? [] : [[`interface = "${uplink.interface}"`, ""] as const]),
    ...(uplink.peer === null ? [] : [[`peer = "${uplink.peer}"`, ""] as const]),
    ...(uplink.carrier === null
      ? []
      : [
          [
            `carrier = "${uplink.carrier}"`,
            "the port whose cable counts; a bridge may have a carrier without it",
          ] as const,
        ]),
    ...(uplink.gateway === null
      ? []
      : [[`gateway = "${uplink.gateway}"`, "the main table does not tell it"] as const]),
    [`tier = ${uplink.tier}`, ""],
    ...(uplink.metered
      ? [["metered = true", "its connections move back as soon as a better uplink works"] as const]
      : []),
    ...(uplink.verify
      ? [
          [
            'verify = "gateway"',
            "another uplink is in the same LAN: the gateway must answer before the switch",
          ] as const,
        ]
      : []),
  ];
  const text = lines.map(([line, comment]) => (comment === "" ? line : `${line.padEnd(27)} # ${comment}`));
  return `\n# ${uplink.why}\n[uplink.${uplink.name}]\n${text.join("\n")}\n`;
}

/** Devices that might be uplinks, for the reader to decide: a LAN's port looks the same. */
function leftOut(facts: Facts, uplinks: readonly Candidate[]): string[] {
  const others = facts.devices.filter(
    (device) =>
      isInterfaceName(device.name) &&
      mayLead(device, facts) &&
      !uplinks.some((uplink) => uplink.interface === device.name || uplink.carrier === device.name),
  );
  return others.map(
    ({ name }) =>
      `\n# ${name} has a carrier but no default route: a LAN? If it leads to the internet:\n# [uplink.${uplinkName(name)}]\n# interface = "${name}"\n# tier = ${Math.min(1000, (uplinks.at(-1)?.tier ?? 0) + 1)}\n`,
  );
}

/** An uplink's name made from a device's: letters, digits, `_` and `-`, a letter first. */
function uplinkName(device: string): string {
  const name = device.replaceAll(".", "-");
  return /^[A-Za-z]/.test(name) ? name : `x${name}`.slice(0, 15);
}
