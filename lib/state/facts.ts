/** Facts from events, kept as long as the device is the same. */

import type { Facts, LinkEvent } from "../event/event.ts";
import { NO_FACTS } from "../event/event.ts";
import type { Link } from "../kernel/link.ts";
import type { InterfaceFacts } from "./record.ts";

type FactsByInterface = Readonly<Record<string, InterfaceFacts>>;

/**
 * Adds what events told. A fact that was not told stays as it was; one of a device that is gone is forgotten.
 * A `down` tells nothing: the kernel says whether it is still true.
 */
export function withFacts(
  known: FactsByInterface,
  events: readonly LinkEvent[],
  links: readonly Link[],
): FactsByInterface {
  const indexes = new Map(links.map((link) => [link.name, link.index]));
  const result: Record<string, InterfaceFacts> = {};
  for (const [name, entry] of Object.entries(known)) {
    if (indexes.get(name) === entry.index) result[name] = entry;
  }
  for (const event of events) {
    const name = event.interface;
    const index = name === null ? undefined : indexes.get(name);
    if (name === null || index === undefined || event.kind === "down") continue;
    result[name] = { index, facts: merged(result[name]?.facts ?? NO_FACTS, event.facts) };
  }
  return result;
}

function merged(before: Facts, told: Facts): Facts {
  // Another pppd on the same device: nothing of the former session holds.
  const base =
    told.pppdPid !== null && before.pppdPid !== null && told.pppdPid !== before.pppdPid ? NO_FACTS : before;
  return {
    peerNames: told.peerNames.length > 0 ? told.peerNames : base.peerNames,
    pppdPid: told.pppdPid ?? base.pppdPid,
    local4: told.local4 ?? base.local4,
    local6: told.local6 ?? base.local6,
    gateway4: told.gateway4 ?? base.gateway4,
    gateway6: told.gateway6 ?? base.gateway6,
    dns: [4, 6].flatMap((family) => {
      const ofFamily = (address: string) => address.includes(":") === (family === 6);
      const now = told.dns.filter(ofFamily);
      return now.length > 0 ? now : base.dns.filter(ofFamily);
    }),
  };
}
