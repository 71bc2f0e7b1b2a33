/** Networks that stand on two devices: two ISP boxes with one address range, or a LAN with the range of an uplink. */

import { connectedPrefix } from "../../kernel/link.ts";
import { contains, formatPrefix, type Prefix } from "../../net/prefix.ts";
import { sharedLans } from "../../plan/shared-lan.ts";
import type { UplinkState } from "../../plan/uplink-state.ts";
import type { Facts } from "../facts.ts";
import { type Finding, note, run, shellWord } from "../finding.ts";
import { lanDevices } from "../lan.ts";

export function subnets(facts: Facts): Finding[] {
  return [...twoBoxes(facts), ...sameRange(facts), ...lanOverUplink(facts)];
}

/** One gateway address on two devices is one LAN for Waymark; two hardware addresses say that it is two. */
function twoBoxes(facts: Facts): Finding[] {
  return sharedLans(facts.house?.uplinks ?? []).flatMap(({ network, members }): Finding[] => {
    const seen = members.flatMap((member) => {
      const gateway = member.path4?.gateway;
      const entry = facts.neighbours.find(
        ({ address, device }) => address === gateway && device === member.interface,
      );
      return entry === undefined ? [] : [{ member, entry }];
    });
    if (new Set(seen.map(({ entry }) => entry.hardware)).size < 2) return [];
    const names = seen.map(({ member }) => member.uplink.name).join(" and ");
    return [
      {
        id: "two-boxes-one-range",
        severity: "error",
        title: `${names} are behind different boxes that have the same address`,
        found: seen.map(({ entry }) => `${entry.address} on ${entry.device} is ${entry.hardware}`),
        why: `The same network and gateway on two devices counts as one LAN with two ways into it, and ${formatPrefix(network)} is routed by the better one: the other box and its line are out of reach.`,
        remedy: [
          note("give one of the boxes another address range on its LAN side, such as 192.168.87.0/24"),
          note(
            "(if it is one box after all, with an address of its own for each port, nothing has to be done)",
          ),
        ],
      },
    ];
  });
}

/** The same network, but other gateways: main has two routes to it, and one is never used. */
function sameRange({ house }: Facts): Finding[] {
  const uplinks = house?.uplinks ?? [];
  const shared = sharedLans(uplinks);
  return uplinks.flatMap((left, place) =>
    uplinks.slice(place + 1).flatMap((right): Finding[] => {
      const network = overlap(left, right);
      const known = shared.some(({ members }) => members.includes(left) && members.includes(right));
      if (network === null || known || left.interface === right.interface) return [];
      return [
        {
          id: "uplinks-overlap",
          severity: "warning",
          title: `${left.uplink.name} and ${right.uplink.name} stand in one network, with different gateways`,
          found: [left, right].map(
            ({ interface: name, path4 }) =>
              `${name}: ${(path4?.networks ?? []).map(formatPrefix).join(", ")}, gateway ${path4?.gateway ?? "none"}`,
          ),
          why: `A host of ${formatPrefix(network)} is looked for on one of the two devices only, also if it is on the other; each box itself is reached through its own uplink.`,
          remedy: [note("give one of the boxes another address range on its LAN side")],
        },
      ];
    }),
  );
}

function overlap(left: UplinkState, right: UplinkState): Prefix | null {
  for (const one of left.path4?.networks ?? [])
    for (const other of right.path4?.networks ?? []) {
      if (contains(one, other.address)) return one;
      if (contains(other, one.address)) return other;
    }
  return null;
}

/** A LAN that covers an uplink's gateway: main's route to the LAN wins, and answers go the wrong way. */
function lanOverUplink(facts: Facts): Finding[] {
  const lans = facts.devices
    .filter(({ name }) => lanDevices(facts).includes(name))
    .flatMap((device) =>
      device.addresses
        .filter(({ family, usable }) => family === 4 && usable)
        .map((address) => ({ device, network: connectedPrefix(address) })),
    );
  return (facts.house?.uplinks ?? []).flatMap((state) =>
    lans.flatMap(({ device, network }): Finding[] => {
      const { path4, interface: name } = state;
      const hit = path4?.networks.find(
        (one) => one.length < 32 && (contains(network, one.address) || contains(one, network.address)),
      );
      if (path4 === null || hit === undefined || name === null) return [];
      return [
        {
          id: "lan-overlaps-uplink",
          severity: "error",
          title: `the LAN on ${device.name} and the uplink ${state.uplink.name} have the same addresses`,
          found: [`${device.name}: ${formatPrefix(network)}`, `${name}: ${formatPrefix(hit)}`],
          why: "The main table has two routes to these addresses and uses one: either LAN clients or the uplink's gateway are out of reach.",
          remedy: [
            note("give the LAN another range; for the address of this machine in it, until the next boot:"),
            run(`ip address replace 10.87.0.1/24 dev ${shellWord(device.name)}`),
            note("and where that address is written (/etc/network/interfaces, NetworkManager, DHCP server)"),
          ],
        },
      ];
    }),
  );
}
