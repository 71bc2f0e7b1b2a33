/** Two programs that both give one device its address and its default route. */

import { dhcpClients } from "../dhcp-clients.ts";
import type { Facts } from "../facts.ts";
import { type Finding, note, run, type Step, shellWord } from "../finding.ts";

export function dhcp(facts: Facts): Finding[] {
  return (facts.house?.uplinks ?? []).flatMap(({ uplink, interface: name }): Finding[] => {
    const device = facts.devices.find((one) => one.name === name);
    if (device === undefined) return [];
    const clients = dhcpClients(facts, device);
    if (clients.length < 2) return [];
    return [
      {
        id: "two-dhcp-clients",
        severity: "warning",
        title: `${clients.join(" and ")} both look after ${device.name} (${uplink.name})`,
        found: clients.map((client) => `${client} has ${device.name}`),
        why: "Each renews its own lease and takes the other's address and routes away: the uplink's address changes, and its connections break.",
        remedy: remedyFor(clients, device.name),
      },
    ];
  });
}

function remedyFor(clients: readonly string[], device: string): Step[] {
  const leave = clients.includes("NetworkManager") ? "NetworkManager" : clients[0];
  return [
    note(`leave ${device} to ${leave}:`),
    ...clients
      .filter((client) => client !== leave)
      .flatMap((client): Step[] => {
        switch (client) {
          case "dhcpcd":
            return [
              { do: "append", path: "/etc/dhcpcd.conf", text: `denyinterfaces ${device}\n` },
              run("systemctl restart dhcpcd"),
            ];
          case "dhclient":
            return [
              note(`take the stanza "iface ${device} inet dhcp" out of /etc/network/interfaces`),
              run(`dhclient -x ${shellWord(device)}`),
            ];
          default:
            return [note(`keep ${client} from ${device}`)];
        }
      }),
  ];
}
