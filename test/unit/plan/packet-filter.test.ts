import { describe, expect, it } from "vitest";
import { planPacketFilter } from "../../../lib/plan/packet-filter.ts";
import { aLink, type Given, planOf, uplink } from "./support.ts";

const EDGE = (tiers: readonly number[], more = "") =>
  uplink(
    "adsl",
    `interface = "eth0"\ngateway = "192.168.1.1"\ntier = ${tiers[0]}\nweight = 8\nlan = true\nnat = "none"`,
  ) +
  uplink("lte", `interface = "usb0"\ngateway = "192.168.42.129"\ntier = ${tiers[1]}\nweight = 6`) +
  uplink("gsm", `peer = "gsm"\ntier = ${tiers[2]}\nweight = 3\nnat = "snat"`) +
  more;

const ALL: Given = {
  links: [
    aLink("eth0", ["192.168.1.5/24"]),
    aLink("usb0", ["192.168.42.10/24"]),
    aLink("ppp0", ["100.64.0.7 peer 100.64.0.1"]),
  ],
  peers: { gsm: "ppp0" },
};

/** The rules of one chain; null: there is no such chain. */
const chain = (title: string, text: string, given: Given, name: string, expected: readonly string[] | null) =>
  it(title, () => {
    const found = planPacketFilter(planOf(text, given).filter).find((each) => each.name === name);
    expect(found?.rules ?? null).toEqual(expected);
  });

describe("no uplink with a device", () => {
  it("no table at all", () =>
    expect(planPacketFilter(planOf(uplink("x", 'peer = "x"\ntier = 1')).filter)).toEqual([]));
});

describe("balancing", () => {
  chain("8 : 6 : 3", EDGE([1, 1, 1]), ALL, "balance", [
    "meta nfproto != ipv4 return",
    "ct state != new return",
    "ip daddr { 192.168.1.0/24 } return",
    "numgen inc mod 17 vmap { 0-7 : goto share_0x100, 8-13 : goto share_0x200, 14-16 : goto share_0x300 }",
  ]);
  chain(
    "two of one tier; a weight of one is one number",
    EDGE([1, 1, 2]).replace("weight = 6", "weight = 1"),
    ALL,
    "balance",
    [
      "meta nfproto != ipv4 return",
      "ct state != new return",
      "ip daddr { 192.168.1.0/24 } return",
      "numgen inc mod 9 vmap { 0-7 : goto share_0x100, 8 : goto share_0x200 }",
    ],
  );
  chain("tiers of one: empty", EDGE([1, 2, 3]), ALL, "balance", []);
  chain("nor does anything come to it from the LAN", EDGE([1, 2, 3]), ALL, "uplink_bound", []);
  chain("what would leave by an uplink comes to it", EDGE([1, 1, 1]), ALL, "uplink_bound", [
    "meta nfproto != ipv4 return",
    "ct state != new return",
    'fib daddr oifname { "eth0", "usb0", "ppp0" } goto balance',
  ]);
  chain("a share marks, and no more", EDGE([1, 1, 1]), ALL, "share_0x200", [
    "meta mark set meta mark & 0xffff00ff | 0x200",
  ]);
  chain(
    "one that is away: the others share",
    EDGE([1, 1, 1]),
    { ...ALL, links: ALL.links?.slice(0, 2) ?? [] },
    "balance",
    [
      "meta nfproto != ipv4 return",
      "ct state != new return",
      "ip daddr { 192.168.1.0/24 } return",
      "numgen inc mod 14 vmap { 0-7 : goto share_0x100, 8-13 : goto share_0x200 }",
    ],
  );
  chain(
    "beside rules it has marks of its own",
    EDGE([1, 1, 2], '[[rule]]\nprotocol = "udp"\nvia = "lte"\n'),
    ALL,
    "share_0xff00",
    ["meta mark set meta mark & 0xffff00ff | 0xff00"],
  );

  chain(
    "own traffic that the choice routed takes part, what a rule routed does not",
    EDGE([1, 1, 1]),
    ALL,
    "own_traffic",
    ["rt classid >= 1000 return", 'oifname "eth0" goto balance'],
  );
  chain("tiers of one: own traffic goes by the choice", EDGE([1, 2, 3]), ALL, "own_traffic", []);

  it("before the routes change nobody balances who did not, nor who will not", () => {
    const plan = planOf(EDGE([1, 1, 1]), { ...ALL, state: { balanced: ["adsl", "gsm"] } });
    const rules = planPacketFilter(plan.filterBefore).find(({ name }) => name === "balance")?.rules;
    expect(rules?.at(-1)).toBe("numgen inc mod 11 vmap { 0-7 : goto share_0x100, 8-10 : goto share_0x300 }");
  });
});

describe("one-armed", () => {
  chain("LAN hosts of the uplink's own network are clients", EDGE([1, 2, 3]), ALL, "arrive_0x100", [
    "ip saddr 192.168.1.0/24 goto from_lan",
  ]);
  chain("what arrives by an uplink is not marked", EDGE([1, 2, 3]), ALL, "prerouting", [
    'iifname vmap { "eth0" : goto arrive_0x100, "usb0" : return, "ppp0" : return }',
    "goto from_lan",
  ]);
  chain("half-seen connections of the router in the LAN stay with it", EDGE([1, 2, 3]), ALL, "from_lan", [
    "meta mark & 0xff00 != 0 return",
    "ct mark & 0xff00 vmap { 0x100 : goto mark_0x100, 0x200 : goto mark_0x200, 0x300 : goto mark_0x300 }",
    'iifname "eth0" meta l4proto tcp ct state { invalid, new } tcp flags ! syn meta mark set meta mark & 0xffff00ff | 0x100 return',
    "goto uplink_bound",
  ]);
  chain("clients are never redirected around the machine", EDGE([1, 2, 3]), ALL, "output", [
    'oifname "lo" goto loopback',
    'oifname "eth0" icmp type redirect drop',
    'oifname "eth0" icmpv6 type nd-redirect drop',
    "meta mark != 0 return",
    "ct mark & 0xff00 vmap { 0x100 : goto local_0x100, 0x200 : goto local_0x200, 0x300 : goto local_0x300 }",
    "goto own_traffic",
  ]);
  chain("they are not from outside", EDGE([1, 2, 3]), ALL, "in_0x100", [
    "ip saddr 192.168.1.0/24 return",
    "ct mark & 0xff00 == 0 ct mark set ct mark & 0xffff00ff | 0x100",
  ]);
});

describe("translation", () => {
  chain("each uplink its own way", EDGE([1, 2, 3]), ALL, "translate", [
    'oifname "eth0" ip saddr 192.168.1.0/24 ip daddr 192.168.1.0/24 return',
    'oifname vmap { "eth0" : goto nat_none, "usb0" : goto nat_masquerade, "ppp0" : goto snat_0x300 }',
  ]);
  chain("masquerade", EDGE([1, 2, 3]), ALL, "nat_masquerade", [
    "fib saddr . oif type local return",
    "meta nfproto ipv4 masquerade",
    "fib saddr type local masquerade",
  ]);
  chain("none, but for another uplink's address", EDGE([1, 2, 3]), ALL, "nat_none", [
    "fib saddr . oif type local return",
    "fib saddr type local masquerade",
  ]);
  chain("snat to the address of the moment", EDGE([1, 2, 3]), ALL, "snat_0x300", [
    "fib saddr . oif type local return",
    "meta nfproto ipv4 snat ip to 100.64.0.7",
    "fib saddr type local masquerade",
  ]);
  chain("snat while there is none", EDGE([1, 2, 3]), { peers: { gsm: "ppp0" } }, "snat_0x300", [
    "fib saddr . oif type local return",
    "fib saddr type local masquerade",
  ]);
  chain("what nobody uses is not there", uplink("a", "tier = 1"), {}, "nat_none", null);

  const shared =
    uplink("eth0", 'gateway = "192.0.2.1"\ntier = 1') + uplink("wlan0", 'gateway = "192.0.2.1"\ntier = 2');
  const near = { links: [aLink("eth0", ["192.0.2.5/24"]), aLink("wlan0", ["192.0.2.6/24"])] };
  chain("addresses of a LAN that both stand in are good on both", shared, near, "translate", [
    'oifname "eth0" ip saddr 192.0.2.0/24 return',
    'oifname "wlan0" ip saddr 192.0.2.0/24 return',
    'oifname vmap { "eth0" : goto nat_masquerade, "wlan0" : goto nat_masquerade }',
  ]);
});

describe("pinning", () => {
  chain(
    "the first packet pins; a later one with another uplink's address does not leave",
    uplink("a", "tier = 1"),
    {},
    "leave_0x100",
    [
      "ct mark & 0xff00 == 0x100 return",
      "meta mark & 0xff00 != { 0, 0x100 } return",
      "meta iif 0 meta mark & 0xffff00ff != 0 return",
      "meta nfproto ipv4 ct state invalid fib saddr . oif type != local drop",
      "ct status & confirmed == 0 ct mark set ct mark & 0xffff00ff | 0x100 return",
      "ct mark & 0xff00 == 0 ct mark set ct mark & 0xffff00ff | 0x100 return",
      "fib saddr type local fib saddr . oif type != local drop",
      "ct direction original drop",
    ],
  );

  chain(
    "without translation nothing can go untranslated",
    uplink("a", 'tier = 1\nnat = "none"'),
    {},
    "leave_0x100",
    [
      "ct mark & 0xff00 == 0x100 return",
      "meta mark & 0xff00 != { 0, 0x100 } return",
      "meta iif 0 meta mark & 0xffff00ff != 0 return",
      "ct status & confirmed == 0 ct mark set ct mark & 0xffff00ff | 0x100 return",
      "ct mark & 0xff00 == 0 ct mark set ct mark & 0xffff00ff | 0x100 return",
      "fib saddr type local fib saddr . oif type != local drop",
      "ct direction original drop",
    ],
  );

  const unpinned = uplink("a", "tier = 1\npin = false") + uplink("b", "tier = 2");
  chain("pin = false: no mark is set", unpinned, {}, "leave_0x100", [
    "ct mark & 0xff00 == 0x100 return",
    "meta mark & 0xff00 != { 0, 0x100 } return",
    "meta iif 0 meta mark & 0xffff00ff != 0 return",
    "meta nfproto ipv4 ct state invalid fib saddr . oif type != local drop",
    "ct status & confirmed == 0 return",
    "ct mark & 0xff00 == 0 return",
    "fib saddr type local fib saddr . oif type != local drop",
    "ct direction original drop",
  ]);
  chain("nor restored", unpinned, {}, "from_lan", [
    "meta mark & 0xff00 != 0 return",
    "ct mark & 0xff00 vmap { 0x200 : goto mark_0x200 }",
    "goto uplink_bound",
  ]);
  chain("nor set for what comes in", unpinned, {}, "input", ['iifname vmap { "b" : goto in_0x200 }']);
  chain("nobody pins: no such chain", uplink("a", "tier = 1\npin = false"), {}, "input", null);
  chain("what is on its way already needs no second look-up", unpinned, {}, "local_0x200", [
    'oifname "b" return',
    "meta mark set meta mark & 0xffff00ff | 0x200",
  ]);

  it("a loose uplink pins as any other", () => {
    const plain = planPacketFilter(planOf(uplink("a", "tier = 1")).filter);
    expect(planPacketFilter(planOf(uplink("a", "tier = 1\nloose = true")).filter)).toEqual(plain);
  });
});

describe("rules for groups", () => {
  chain(
    "mark what the group sends, before balancing",
    `${uplink("a", "tier = 1")}[[rule]]\ngroup = "p2p"\nvia = "a"\n`,
    {},
    "output",
    [
      'oifname "lo" goto loopback',
      "meta mark != 0 return",
      "ct mark & 0xff00 vmap { 0x100 : goto local_0x100 }",
      "meta skgid 77 meta mark set meta mark & 0xffff00ff | 0xfe00 return",
      "goto own_traffic",
    ],
  );
});

describe("rules for groups with more to match", () => {
  const marks = (title: string, more: string, ...expected: string[]) => {
    const text = `${uplink("a", "tier = 1")}[[rule]]\nprotocol = "udp"\nvia = "a"\n[[rule]]\ngroup = "p2p"\nvia = "a"\n${more}\n`;
    it(title, () => {
      const rules = planPacketFilter(planOf(text).filter).find(({ name }) => name === "output")?.rules ?? [];
      const found = rules.filter((rule) => rule.startsWith("meta skgid") || rule.startsWith("rt classid"));
      const set = "meta mark set meta mark & 0xffff00ff | 0xfe00 return";
      expect(found).toEqual([
        "rt classid 1000-1000 return",
        ...expected.map((match) => `meta skgid 77 ${match}${set}`),
      ]);
    });
  };
  marks("what a rule before it routed is decided", "", "");
  marks(
    "protocol and ports",
    'protocol = "tcp"\ndestination_port = [25, "80-90"]',
    "meta l4proto 6 th dport { 25, 80-90 } ",
  );
  marks("ports of both protocols", "source_port = 53", "meta l4proto { 6, 17 } th sport { 53 } ");
  marks(
    "each family for itself",
    'destination = ["192.0.2.0/24", "2001:db8::/32"]',
    "ip daddr { 192.0.2.0/24 } ",
    "ip6 daddr { 2001:db8::/32 } ",
  );
  marks("user and group", 'user = "mldonkey"', "meta skuid 115 ");
});

describe("another mask", () => {
  chain("its bits alone", `${uplink("a", "tier = 1")}[marks]\nmask = "0x00f00000"\n`, {}, "mark_0x100000", [
    "meta mark set meta mark & 0xff0fffff | 0x100000",
  ]);
});

describe("what comes and goes", () => {
  it("a device that is away changes nothing, but for its own networks and addresses", () => {
    const text = uplink("a", "tier = 1") + uplink("b", "tier = 2");
    const links = [aLink("a", ["100.64.0.7 peer 100.64.0.1"], { pointToPoint: true })];
    expect(planPacketFilter(planOf(text, { links }).filter)).toEqual(planPacketFilter(planOf(text).filter));
  });
});
