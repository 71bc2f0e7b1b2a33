/** Address translation of other programs that gives packets an address which is not that of their uplink. */

import type { UplinkState } from "../../plan/uplink-state.ts";
import type { Facts } from "../facts.ts";
import { type Finding, note } from "../finding.ts";
import { includesDevice } from "../packet-filter/model.ts";

export function translation(facts: Facts): Finding[] {
  const uplinks = (facts.house?.uplinks ?? []).filter(({ path4 }) => path4 !== null);
  return (facts.filter?.chains ?? []).flatMap((chain) =>
    chain.rules.flatMap((rule): Finding[] => {
      const { sourceTo } = rule;
      if (sourceTo === null || sourceTo.includes(":")) return [];
      const wrong = uplinks.filter((uplink) => reaches(rule.output, uplink) && !has(uplink, sourceTo));
      // A pool behind a single line may well be routed to it.
      if (wrong.length === 0 || (uplinks.length < 2 && !isLost(facts, sourceTo))) return [];
      return [
        {
          id: "foreign-source",
          severity: rule.more ? "warning" : "error",
          title: `another program translates to ${sourceTo}, which is no address of ${wrong.map(({ uplink }) => uplink.name).join(", ")}`,
          found: [`${chain.owner}, chain ${chain.name}: ${rule.text}`],
          why: "The provider drops such packets, or sends the answers by another line. Waymark translates by itself, and only what it needs to.",
          remedy: [
            note(
              "take the rule out where it is made, or give it the device of the one uplink that has this address",
            ),
          ],
        },
      ];
    }),
  );
}

function reaches(output: Parameters<typeof includesDevice>[0], { interface: device }: UplinkState): boolean {
  return device !== null && includesDevice(output, device);
}

function has({ path4 }: UplinkState, address: string): boolean {
  return path4?.addresses.includes(address) === true;
}

/** No device has it any more: it was that of a session before. */
function isLost({ devices }: Facts, address: string): boolean {
  return !devices.some(({ addresses }) => addresses.some(({ local }) => local === address));
}
