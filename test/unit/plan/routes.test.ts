import { describe, expect, it } from "vitest";
import { routeText } from "../../../lib/kernel/route.ts";
import { aLink, type Given, mainDefault, planOf, uplink } from "./support.ts";

const GUARD = "unreachable default table 87001 metric 4294967295 proto 87";

/** All routes of the plan without their common words. */
const routes = (title: string, text: string, given: Given, expected: readonly string[]) =>
  it(title, () => expect(planOf(text, given).routes.map(routeText)).toEqual(expected));

const ETH = uplink("eth0", 'gateway = "192.168.1.1"\ntier = 1');
const up = (how = {}) => aLink("eth0", ["192.168.1.5/24"], how);

describe("an uplink's routes", () => {
  routes("Ethernet with a gateway", ETH, { links: [up()] }, [
    "192.168.1.0/24 dev eth0 table 87001 metric 1 proto 87 src 192.168.1.5",
    "default via 192.168.1.1 dev eth0 table 87001 metric 1 proto 87 src 192.168.1.5",
    "default via 192.168.1.1 dev eth0 table 87000 metric 256 proto 87 src 192.168.1.5 realm 87",
  ]);

  routes(
    "a gateway outside the network is onlink",
    uplink("eth0", 'gateway = "203.0.113.1"\ntier = 1'),
    { links: [up()] },
    [
      "192.168.1.0/24 dev eth0 table 87001 metric 1 proto 87 src 192.168.1.5",
      "default via 203.0.113.1 dev eth0 table 87001 metric 1 proto 87 src 192.168.1.5 onlink",
      "default via 203.0.113.1 dev eth0 table 87000 metric 256 proto 87 src 192.168.1.5 onlink realm 87",
    ],
  );

  routes(
    "PPP needs no gateway; the peer is its network",
    uplink("dsl", 'peer = "dsl"\ntier = 1'),
    { links: [aLink("ppp3", ["100.64.0.7 peer 100.64.0.1"])], peers: { dsl: "ppp3" } },
    [
      "100.64.0.1 dev ppp3 table 87001 metric 1 proto 87 src 100.64.0.7",
      "default dev ppp3 table 87001 metric 1 proto 87 src 100.64.0.7",
      "default dev ppp3 table 87000 metric 256 proto 87 src 100.64.0.7 realm 87",
    ],
  );

  routes(
    "the source is the address that the gateway is near to",
    ETH,
    { links: [aLink("eth0", ["10.1.0.5/16", "192.168.1.5/24"])] },
    [
      "10.1.0.0/16 dev eth0 table 87001 metric 1 proto 87 src 192.168.1.5",
      "192.168.1.0/24 dev eth0 table 87001 metric 1 proto 87 src 192.168.1.5",
      "default via 192.168.1.1 dev eth0 table 87001 metric 1 proto 87 src 192.168.1.5",
      "default via 192.168.1.1 dev eth0 table 87000 metric 256 proto 87 src 192.168.1.5 realm 87",
    ],
  );

  routes(
    "IPv6: no source, no realm, a link-local gateway is never onlink, and both families have a guard when it goes",
    uplink("eth0", "tier = 1"),
    {
      links: [aLink("eth0", ["2001:db8::5/64", "fd00::1/64"])],
      main: [mainDefault("eth0", "fe80::1", { family: 6 })],
    },
    [
      GUARD,
      "2001:db8::/64 dev eth0 table 87001 metric 1 proto 87",
      "::/0 via fe80::1 dev eth0 table 87001 metric 1 proto 87",
      "::/0 via fe80::1 dev eth0 table 87000 metric 256 proto 87",
    ],
  );

  routes("no device: the guard alone", ETH, {}, [GUARD]);

  routes(
    "no carrier: its default stays for the kernel to pass over, and the guard behind it",
    ETH,
    { links: [up({ carrier: false })] },
    [
      "192.168.1.0/24 dev eth0 table 87001 metric 1 proto 87 src 192.168.1.5",
      "default via 192.168.1.1 dev eth0 table 87001 metric 1 proto 87 src 192.168.1.5",
      GUARD,
    ],
  );

  routes("switched off: the guard alone", ETH, { links: [up({ up: false, carrier: false })] }, [GUARD]);

  routes(
    "disabled by hand: the guard alone",
    ETH,
    { links: [up()], state: { manual: { eth0: "disabled" } } },
    [GUARD],
  );

  routes(
    "drained: its own table, not the choice",
    ETH,
    { links: [up()], state: { manual: { eth0: "drained" } } },
    [
      "192.168.1.0/24 dev eth0 table 87001 metric 1 proto 87 src 192.168.1.5",
      "default via 192.168.1.1 dev eth0 table 87001 metric 1 proto 87 src 192.168.1.5",
    ],
  );

  routes(
    "a gateway that has yet to answer: not in the choice",
    uplink("eth0", 'gateway = "192.168.1.1"\ntier = 1\nverify = "gateway"'),
    { links: [up()] },
    [
      "192.168.1.0/24 dev eth0 table 87001 metric 1 proto 87 src 192.168.1.5",
      "default via 192.168.1.1 dev eth0 table 87001 metric 1 proto 87 src 192.168.1.5",
      GUARD,
    ],
  );
});

const TWO =
  uplink("eth0", 'gateway = "192.0.2.1"\ntier = 1') + uplink("eth1", 'gateway = "198.51.100.1"\ntier = 2');
const BOTH = { links: [aLink("eth0", ["192.0.2.5/24"]), aLink("eth1", ["198.51.100.5/24"])] };

/** Only the routes of one table. */
const table = (title: string, text: string, given: Given, number: number, expected: readonly string[]) =>
  it(title, () => {
    const lines = planOf(text, given).routes.filter((route) => route.table === number);
    expect(lines.map(routeText)).toEqual(expected);
  });

describe("rules' tables", () => {
  const rule = (more: string) => `${TWO}[[rule]]\n${more}\n`;

  table(
    "one default for each of via, in its order",
    rule('via = ["eth1", "eth0"]\nprotocol = "udp"'),
    BOTH,
    87400,
    [
      "default via 198.51.100.1 dev eth1 table 87400 metric 1 proto 87 src 198.51.100.5 realm 1000",
      "default via 192.0.2.1 dev eth0 table 87400 metric 2 proto 87 src 192.0.2.5 realm 1000",
    ],
  );

  table(
    "or nothing: the guard in both families, before any line ever was",
    rule('via = "eth1"\nprotocol = "udp"\notherwise = "unreachable"'),
    {},
    87400,
    [
      "unreachable default table 87400 metric 4294967295 proto 87",
      "unreachable ::/0 table 87400 metric 4294967295 proto 87",
    ],
  );

  table(
    "a drained uplink is in no rule's table",
    rule('via = ["eth1", "eth0"]\nprotocol = "udp"'),
    { ...BOTH, state: { manual: { eth1: "drained" } } },
    87400,
    ["default via 192.0.2.1 dev eth0 table 87400 metric 2 proto 87 src 192.0.2.5 realm 1000"],
  );

  it("the prefixes of a file are no part of the plan's routes", () => {
    const plan = planOf(rule('via = "eth1"\ndestination_file = "/x"'), BOTH);
    expect(plan.routes.some((route) => route.table === 87400)).toBe(false);
    expect(plan.prefixTables.map(({ table: number, file }) => [number, file])).toEqual([[87400, "/x"]]);
  });
});

describe("the choice", () => {
  table("is all of them by tier and place, so that the next one is there at once", TWO, BOTH, 87000, [
    "default via 192.0.2.1 dev eth0 table 87000 metric 256 proto 87 src 192.0.2.5 realm 87",
    "default via 198.51.100.1 dev eth1 table 87000 metric 513 proto 87 src 198.51.100.5 realm 87",
  ]);

  const shared =
    uplink("eth0", 'gateway = "192.0.2.1"\ntier = 1') + uplink("eth1", 'gateway = "192.0.2.1"\ntier = 2');
  const near = [aLink("eth0", ["192.0.2.5/24"]), aLink("eth1", ["192.0.2.6/24"])] as const;

  table("a LAN that two uplinks stand in goes by the best of them", shared, { links: near }, 87300, [
    "192.0.2.0/24 dev eth0 table 87300 metric 256 proto 87 src 192.0.2.5",
    "192.0.2.0/24 dev eth1 table 87300 metric 513 proto 87 src 192.0.2.6",
  ]);

  table("… that has a carrier", shared, { links: [{ ...near[0], carrier: false }, near[1]] }, 87300, [
    "192.0.2.0/24 dev eth1 table 87300 metric 513 proto 87 src 192.0.2.6",
  ]);

  const down = [
    { ...near[0], carrier: false },
    { ...near[1], carrier: false },
  ];
  const off = { state: { manual: { eth0: "disabled" } } } as const;
  const barred = "unreachable default table 87000 metric 4294967295 proto 87";
  const byMain = (...devices: string[]) => devices.map((device) => mainDefault(device, "192.0.2.1"));
  table("none: main's own defaults", shared, { links: down, main: byMain("eth0") }, 87000, []);
  table(
    "none, and main leads by one that was switched off",
    shared,
    { links: [near[0]], main: byMain("eth0"), ...off },
    87000,
    [barred],
  );
  table("… beside others", shared, { links: down, main: byMain("eth0", "eth1"), ...off }, 87000, [barred]);
  table(
    "… or by a device that is no uplink",
    shared,
    { links: [near[0]], main: byMain("eth0", "tun0"), ...off },
    87000,
    [],
  );
  table("… or not at all", shared, { links: [near[0]], ...off }, 87000, []);
});
