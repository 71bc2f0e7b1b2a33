/** Renewed leases that nobody tells of. */

import type { Facts } from "../facts.ts";
import { type Finding, note, run, type Step } from "../finding.ts";
import { isWatching } from "../units.ts";
import { isOlder, versionIn } from "./tools.ts";

/** 1.42 tells of no renewal, not even with a new address; 1.52 does. */
const TELLS = "1.44";

export function leases(facts: Facts): Finding[] {
  const version = versionIn(facts.versions.networkManager ?? "");
  if (facts.networkManager === null || version === null || !isOlder(version, TELLS) || isWatching(facts))
    return [];
  const found = (facts.house?.uplinks ?? []).filter(
    ({ interface: name, link }) =>
      facts.networkManager?.[name ?? ""] === "connected" && link !== null && !link.pointToPoint,
  );
  if (found.length === 0) return [];
  const unit = Object.keys(facts.entries).some((path) =>
    path.endsWith("/systemd/system/waymark-watch.service"),
  );
  const remedy: Step = unit
    ? run("systemctl enable --now waymark-watch.service")
    : note("after a change of address: waymark apply");
  return [
    {
      id: "leases-untold",
      severity: "warning",
      title: "this NetworkManager tells nobody when a lease is renewed with another address",
      found: [
        `NetworkManager ${version}`,
        ...found.map(({ uplink, interface: name }) => `${name} (${uplink.name}) is NetworkManager's`),
      ],
      why: "After such a change the uplink's routes and translation still have the old address, until some other event comes.",
      remedy: [remedy],
    },
  ];
}
