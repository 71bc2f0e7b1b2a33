import { describe, expect, it } from "vitest";
import type { PolicyRule } from "../../../lib/kernel/rule.ts";
import { ruleText } from "../../../lib/kernel/rule.ts";
import { aLink, type Given, mainDefault, planOf, uplink } from "./support.ts";

const ONE = uplink("eth0", 'gateway = "192.0.2.1"\ntier = 1');
const TWO = `${ONE}${uplink("eth1", 'gateway = "198.51.100.1"\ntier = 1')}`;
const LINKS = [aLink("eth0", ["192.0.2.5/24"]), aLink("eth1", ["198.51.100.5/24"])];

/** Rules without the tag that they all bear. */
const words = (rules: readonly PolicyRule[]) =>
  rules.map((rule) => ruleText(rule).replace(/ protocol 87$/, ""));

const all = (title: string, text: string, given: Given, expected: readonly string[]) =>
  it(title, () => expect(words(planOf(text, given).rules)).toEqual(expected));

describe("the rules of one uplink", () => {
  all("stand between 30000 and main", ONE, { links: LINKS }, [
    "priority 30001 lookup 254 suppress_prefixlength 0",
    "priority 30010 fwmark 0x0/0xff00 goto 30310",
    "not priority 30011 iif lo goto 30015",
    "priority 30012 fwmark 0x0/0xffff00ff goto 30015",
    "priority 30013 goto 30310",
    "priority 30015 nop",
    "priority 30034 fwmark 0x100/0xff00 lookup 87001",
    "priority 30310 nop",
    "not priority 32600 iif lo goto 32765",
    "priority 32656 from 192.0.2.5 lookup 87001",
    "priority 32765 lookup 87000",
  ]);
});

/** Only the rules at these priorities. */
const at = (
  title: string,
  text: string,
  given: Given,
  first: number,
  last: number,
  expected: readonly string[],
) =>
  it(title, () => {
    const rules = planOf(text, given).rules.filter(({ priority }) => priority >= first && priority <= last);
    expect(words(rules)).toEqual(expected);
  });

const rule = (more: string, via = '"eth1"') => `${TWO}[[rule]]\n${more}\nvia = ${via}\n`;

/** The rules that a `[[rule]]` makes. */
const ruled = (title: string, more: string, ...expected: string[]) =>
  at(
    title,
    rule(more),
    { links: LINKS },
    30320,
    32299,
    expected.map((text) => `priority 30320 ${text} lookup 87400`.replace("  ", " ")),
  );

describe("a rule of the file", () => {
  ruled("user", 'user = "mldonkey"', "iif lo uidrange 115-115");
  ruled("group: the packet filter marks", 'group = "p2p"', "fwmark 0xfd00/0xff00");
  ruled("source", 'source = "10.0.0.25"', "from 10.0.0.25");
  ruled(
    "destinations, one each",
    'destination = ["192.0.2.0/24", "203.0.113.9"]',
    "to 192.0.2.0/24",
    "to 203.0.113.9",
  );
  ruled("a destination of the other family alone makes no IPv4 rule", 'destination = "2001:db8::/32"');
  ruled("incoming interface", 'interface = "eth5"', "iif eth5");
  ruled("protocol", 'protocol = "udp"', "ipproto 17");
  ruled(
    "a port of no protocol is both",
    "destination_port = 53",
    "ipproto 6 dport 53",
    "ipproto 17 dport 53",
  );
  ruled(
    "ports and ranges",
    'protocol = "tcp"\ndestination_port = [25, "80-90"]\nsource_port = "1024-65535"',
    "ipproto 6 sport 1024-65535 dport 25",
    "ipproto 6 sport 1024-65535 dport 80-90",
  );
  ruled(
    "all of it must hold",
    'user = "mldonkey"\nsource = "10.0.0.1"\ndestination = "192.0.2.1"\nprotocol = "udp"\ndestination_port = 9',
    "from 10.0.0.1 to 192.0.2.1 iif lo uidrange 115-115 ipproto 17 dport 9",
  );
  ruled("ICMPv6 is not of IPv4", 'protocol = "icmpv6"');

  at(
    "each has its place and table, in the order of the file",
    `${rule('user = "mldonkey"')}[[rule]]\nprotocol = "udp"\nvia = "eth0"\n`,
    { links: LINKS },
    30320,
    32299,
    ["priority 30320 iif lo uidrange 115-115 lookup 87400", "priority 30321 ipproto 17 lookup 87401"],
  );

  it("a strict one holds in IPv6 too, also where there is none", () => {
    const plan = planOf(rule('user = "mldonkey"\notherwise = "unreachable"'), { links: LINKS });
    expect(plan.ipv6).toBe(true);
    const six = plan.rules.filter(
      ({ family, priority }) => family === 6 && priority >= 30320 && priority < 32300,
    );
    expect(words(six)).toEqual(["priority 30320 iif lo uidrange 115-115 lookup 87400"]);
  });
});

describe("balancing beside rules", () => {
  at(
    "has marks of its own, looked up behind the rules",
    rule('user = "mldonkey"'),
    { links: LINKS },
    32300,
    32599,
    [
      "priority 32300 fwmark 0x0/0xff00 goto 32600",
      "priority 32302 fwmark 0xff00/0xff00 lookup 87001",
      "priority 32303 fwmark 0xfe00/0xff00 lookup 87002",
    ],
  );
  at("without rules the uplinks' own marks serve", TWO, { links: LINKS }, 32300, 32599, []);
});

describe("source rules", () => {
  const sources = (title: string, text: string, given: Given, expected: readonly string[]) =>
    at(title, text, given, 32601, 32699, expected);
  sources("one for each address", ONE, { links: [aLink("eth0", ["192.0.2.5/24", "10.9.9.9/8"])] }, [
    "priority 32656 from 192.0.2.5 lookup 87001",
    "priority 32620 from 10.9.9.9 lookup 87001",
  ]);
  sources(
    "none for a loose one",
    uplink("eth0", 'gateway = "192.0.2.1"\ntier = 1\nloose = true'),
    { links: LINKS },
    [],
  );
  sources(
    "also while there is no carrier",
    ONE,
    { links: LINKS.map((link) => ({ ...link, carrier: false })) },
    ["priority 32656 from 192.0.2.5 lookup 87001"],
  );
  const many = Array.from({ length: 16 }, (_, place) => `192.0.2.${place + 1}/24`);
  sources("a plain list up to sixteen", ONE, { links: [aLink("eth0", many)] }, [
    ...many.map((address) => `priority 32656 from ${address.replace("/24", "")} lookup 87001`),
  ]);
  sources(
    "in groups by their first four bits beyond",
    ONE,
    { links: [aLink("eth0", [...many, "10.9.9.9/8"])] },
    [
      ...many.map((address) => `priority 32656 from ${address.replace("/24", "")} lookup 87001`),
      "priority 32620 from 10.9.9.9 lookup 87001",
      "priority 32614 from 192.0.0.0/4 goto 32655",
      "priority 32655 nop",
      "priority 32657 goto 32667",
      "priority 32602 from 0.0.0.0/4 goto 32619",
      "priority 32619 nop",
      "priority 32621 goto 32667",
      "priority 32601 from 0.0.0.0 goto 32667",
      "priority 32618 goto 32667",
      "priority 32667 nop",
    ],
  );
});

describe("what comes first", () => {
  const shared = `${ONE}${uplink("eth1", 'gateway = "192.0.2.1"\ntier = 2')}`;
  at(
    "a LAN of several uplinks, before main",
    shared,
    { links: [aLink("eth0", ["192.0.2.5/24"]), aLink("eth1", ["192.0.2.6/24"])] },
    0,
    30001,
    ["priority 30000 lookup 87300", "priority 30001 lookup 254 suppress_prefixlength 0"],
  );

  it("IPv6 has the same rules, but for that LAN and for balancing", () => {
    const links = [aLink("eth0", ["192.0.2.5/24", "2001:db8::5/64"]), aLink("eth1", ["192.0.2.6/24"])];
    const plan = planOf(shared, { links, main: [mainDefault("eth0", "fe80::1", { family: 6 })] });
    const of = (family: number) =>
      plan.rules.filter((each) => each.family === family && each.selector.from === null);
    expect(words(of(6))).toEqual(words(of(4)).slice(1));
  });
});

describe("many uplinks", () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, place) => uplink(`u${place}`, "tier = 1")).join("");
  at("sixteen are a plain list", many(16), {}, 30016, 30031, []);
  at("more are skipped to by the upper half of their number", many(17), {}, 30016, 30031, [
    "priority 30016 fwmark 0x0/0xf000 goto 30032",
    "priority 30017 fwmark 0x1000/0xf000 goto 30049",
  ]);
});
