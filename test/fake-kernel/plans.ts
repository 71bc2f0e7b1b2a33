/** Houses that the properties are tried on. */

import type { Line, Plan } from "./house.ts";

const lan = (uplink: string, device: string, net: string, gateway: string | null): Line => ({
  uplink,
  device,
  ppp: false,
  addresses: [`${net}.5/24`, `${net}.77/24`],
  gateway,
  address6: null,
});

const ppp = (uplink: string, place: number): Line => ({
  uplink,
  device: uplink,
  ppp: true,
  addresses: [`100.64.${place}.7`, `100.64.${place}.8`],
  gateway: null,
  address6: null,
});

const EDGE_LINES = [
  lan("adsl", "eth0", "192.168.1", null),
  lan("lte", "usb0", "192.168.42", "192.168.42.129"),
  ppp("gsm", 3),
];

/** The edge router with these tiers, and with more behind it. */
export const edge = (tiers: readonly [number, number, number], more = "") => `
[router]
forward = true
[uplink.adsl]
interface = "eth0"
gateway = "192.168.1.1"
tier = ${tiers[0]}
weight = 8
lan = true
nat = "none"
spread_cpus = true
[uplink.lte]
interface = "usb0"
tier = ${tiers[1]}
weight = 6
metered = true
[uplink.gsm]
peer = "gsm"
tier = ${tiers[2]}
weight = 3
nat = "snat"
${more}`;

/** Rules of several kinds, one of them strict. */
export const STRICT = `
[[rule]]
user = "mldonkey"
via = "lte"
otherwise = "unreachable"
[[rule]]
group = "p2p"
via = ["gsm", "adsl"]
[[rule]]
destination = ["192.0.2.0/24", "2001:db8:77::/48"]
destination_port = [80, "8000-8010"]
via = "adsl"
`;

/** One way out at a time. */
export const EDGE: Plan = { name: "edge router", text: edge([1, 2, 3]), lines: EDGE_LINES };
export const BALANCED: Plan = { name: "balanced router", text: edge([1, 1, 1]), lines: EDGE_LINES };
/** Balancing has marks of its own beside rules. */
export const RULED: Plan = {
  name: "balanced router with rules",
  text: edge([1, 1, 2], STRICT),
  lines: EDGE_LINES,
};

/** Two PPPoE lines with one and the same peer address. */
export const SERVER: Plan = {
  name: "home server",
  text: `
[uplink.main]
peer = "main"
tier = 1
nat = "snat"
[uplink.p2p]
peer = "p2p"
tier = 2
nat = "snat"
[[rule]]
user = "mldonkey"
via = "p2p"
otherwise = "unreachable"
`,
  lines: [ppp("main", 1), ppp("p2p", 2)],
};

/** Both families. */
export const DUAL: Plan = {
  name: "two families",
  text: `
[uplink.fibre]
interface = "eth0"
tier = 1
[uplink.cable]
interface = "eth1"
tier = 2
failback = "move"
[uplink.gsm]
peer = "gsm"
tier = 3
loose = true
pin = false
`,
  lines: [
    { ...lan("fibre", "eth0", "198.51.100", "198.51.100.1"), address6: "2001:db8:1::5/64" },
    { ...lan("cable", "eth1", "203.0.113", "203.0.113.1"), address6: "2001:db8:2::5/64" },
    ppp("gsm", 3),
  ],
};

/** Both in one LAN, behind one gateway that has to answer. */
export const LAPTOP: Plan = {
  name: "laptop",
  text: `
[uplink.cable]
interface = "eth0"
tier = 1
nat = "none"
verify = "gateway"
[uplink.wifi]
interface = "wlan0"
tier = 2
nat = "none"
verify = "gateway"
`,
  lines: [
    {
      ...lan("cable", "eth0", "192.168.1", "192.168.1.1"),
      addresses: ["192.168.1.20/24", "192.168.1.21/24"],
    },
    {
      ...lan("wifi", "wlan0", "192.168.1", "192.168.1.1"),
      addresses: ["192.168.1.30/24", "192.168.1.31/24"],
    },
  ],
};

/** More uplinks than a plain list of mark rules is for. */
export const MANY: Plan = {
  name: "twenty lines",
  text: Array.from(
    { length: 20 },
    (_, place) => `[uplink.l${place}]\npeer = "l${place}"\ntier = ${1 + (place >> 2)}\n`,
  ).join(""),
  lines: Array.from({ length: 20 }, (_, place) => ppp(`l${place}`, place)),
};

/** Every house whose lines have networks of their own. */
export const SEPARATE: readonly Plan[] = [EDGE, BALANCED, RULED, SERVER, DUAL];
export const ALL: readonly Plan[] = [...SEPARATE, LAPTOP];
