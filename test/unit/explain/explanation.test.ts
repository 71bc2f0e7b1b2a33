import { describe, expect, it } from "vitest";
import type { Packet } from "../../../lib/explain/packet.ts";
import { explanationText } from "../../../lib/explain/text.ts";
import { explained, link } from "./planned.ts";
import { packet, way } from "./support.ts";

const TWO = `
[uplink.adsl]
interface = "eth0"
gateway = "192.0.2.1"
[uplink.lte]
interface = "usb0"
gateway = "198.51.100.1"
tier = 2
`;
const ADSL = link("eth0", "192.0.2.2");
const LTE = link("usb0", "198.51.100.2");
const LAN = link("eth1", "10.0.0.1");
const LINKS = [ADSL, LTE, LAN];
const X = "203.0.113.80";
const client = (rest: Partial<Packet> = {}) => packet(X, { from: "10.0.0.5", input: "eth1", ...rest });

const summary = (...args: Parameters<typeof explained>) => explained(...args).summary.replace(`${X} `, "");

describe("the answer", () => {
  const P2P = `${TWO}[[rule]]\nname = "p2p"\nuser = 115\nvia = "lte"\n`;
  const BALANCED = TWO.replace("tier = 2", "weight = 9").replace('"eth0"', '"eth0"\nweight = 8');
  const dead = [link("eth0", "192.0.2.2", 24, true), LTE, LAN];

  it("the choice", () =>
    expect(summary(TWO, LINKS, packet(X))).toBe("leaves by adsl (eth0) from 192.0.2.2: the choice in force"));
  it("the choice, forwarded", () =>
    expect(summary(TWO, LINKS, client())).toBe("leaves by adsl (eth0) from 192.0.2.2: the choice in force"));
  it("a carrier lost before anybody knew", () =>
    expect(summary(TWO, LINKS, packet(X), { now: dead })).toBe(
      "leaves by lte (usb0) from 198.51.100.2: the choice in force",
    ));
  it("a rule for a user", () =>
    expect(summary(P2P, LINKS, packet(X, { user: 115 }))).toBe(
      'leaves by lte (usb0) from 198.51.100.2: rule "p2p"',
    ));
  it("another user", () =>
    expect(summary(P2P, LINKS, packet(X, { user: 116 }))).toBe(
      "leaves by adsl (eth0) from 192.0.2.2: the choice in force",
    ));
  it("a bound socket", () =>
    expect(summary(TWO, LINKS, packet(X, { from: "198.51.100.2" }))).toBe(
      "leaves by lte (usb0) from 198.51.100.2: source address 198.51.100.2 belongs to lte",
    ));
  it("a socket bound to an uplink that is down", () =>
    expect(summary(TWO, dead, packet(X, { from: "192.0.2.2" }))).toBe(
      "is unreachable: source address 192.0.2.2 belongs to adsl",
    ));
  it("main's specific route", () =>
    expect(
      summary(TWO, LINKS, packet(X), {
        main: [way(254, "eth1", { dst: "203.0.113.0/24", prefsrc: "10.0.0.1" })],
      }),
    ).toBe("leaves by eth1, which is no uplink, from 10.0.0.1: main's specific route wins"));
  it("this machine", () =>
    expect(summary(TWO, LINKS, packet(X), { main: [way(255, "eth0", { type: "2", dst: X })] })).toBe(
      "is this machine itself: nothing leaves",
    ));
  it("nothing works", () =>
    expect(summary(TWO, [], packet(X))).toBe("is unreachable: no rule has a route to it"));
  it("a rule that allows no other way", () => {
    const strict = `${TWO}[[rule]]\nname = "vault"\ndestination = "${X}"\nvia = "adsl"\notherwise = "unreachable"\n`;
    const { summary: said, reasons } = explained(strict, dead, packet(X));
    expect(said).toBe(`${X} is unreachable: rule "vault" allows no other way`);
    expect(reasons.at(-1)).toContain("adsl is down: no carrier on eth0");
  });
  it("a rule whose uplinks are down", () => {
    const soft = `${TWO}[[rule]]\nname = "soft"\ndestination = "${X}"\nvia = "adsl"\n`;
    const { summary: said, reasons } = explained(soft, dead, packet(X));
    expect(said).toContain("leaves by lte (usb0)");
    expect(reasons[0]).toContain(
      'rule "soft" (30320): it is for this packet, but none of its uplinks takes it',
    );
  });
  it("new connections of the LAN are shared by weight", () => {
    const { summary: said, ways } = explained(BALANCED, LINKS, client());
    expect(said).toBe(
      `${X} leaves by adsl (eth0) 8 of 17 from 192.0.2.2, lte (usb0) 9 of 17 from 198.51.100.2: new connections are shared by weight`,
    );
    expect(ways.map(({ uplink, part, of }) => [uplink, part, of])).toEqual([
      ["adsl", 8, 17],
      ["lte", 9, 17],
    ]);
  });
  it("shared, and a rule decides whatever the mark", () => {
    const { summary: said, reasons } = explained(
      `${BALANCED}[[rule]]\nname = "far"\ndestination = "${X}"\nvia = "lte"\n`,
      LINKS,
      client(),
    );
    expect(said).toBe(`${X} leaves by lte (usb0) from 198.51.100.2: rule "far"`);
    expect(reasons[1]).toContain('whatever its mark: rule "far"');
  });
  it("shared, and one of them died a moment ago", () =>
    expect(explained(BALANCED, LINKS, client(), { now: dead }).ways.map((one) => one.uplink)).toEqual([
      "lte",
    ]));
  it("shared, and the destination is near", () =>
    expect(
      explained(BALANCED, LINKS, client(), { main: [way(254, "eth1", { dst: "203.0.113.0/24" })] })
        .reasons[0],
    ).toContain("main's specific route wins"));
  it("without a packet filter nothing is shared", () =>
    expect(summary(BALANCED, LINKS, client(), { filtered: false })).toBe(
      "leaves by adsl (eth0) from 10.0.0.5: the choice in force",
    ));
  it("what comes in by an uplink is not shared", () =>
    expect(explained(BALANCED, LINKS, client({ input: "usb0" })).ways).toHaveLength(1));
  it("clients in an uplink's own LAN are", () =>
    expect(
      explained(
        BALANCED.replace('"eth0"', '"eth0"\nlan = true'),
        LINKS,
        client({ input: "eth0", from: "192.0.2.9" }),
      ).ways,
    ).toHaveLength(2));
  it("a rule for a group: marked behind the first look, and translated", () => {
    const { summary: said, reasons } = explained(
      `${TWO}[[rule]]\nname = "g"\ngroup = 77\nvia = "lte"\n`,
      LINKS,
      packet(X, { user: 5 }),
      { group: 77 },
    );
    expect(said).toBe(`${X} leaves by lte (usb0) from 198.51.100.2: rule "g"`);
    expect(reasons.at(-1)).toBe(
      'address translation (masquerade) from 192.0.2.2 to 198.51.100.2: nat = "masquerade" of lte',
    );
  });
  it("another group", () =>
    expect(
      summary(`${TWO}[[rule]]\nname = "g"\ngroup = 77\nvia = "lte"\n`, LINKS, packet(X), { group: 78 }),
    ).toContain("adsl"));
  it("a protocol that was not said is asked for", () =>
    expect(
      explained(`${TWO}[[rule]]\nname = "web"\ndestination_port = 443\nvia = "lte"\n`, LINKS, packet(X))
        .notes[0],
    ).toBe(
      'rule "web" may be for it: it selects by protocol and destination port, of which nothing was said',
    ));
});

describe("address translation", () => {
  const with_ = (nat: string, of: Packet) =>
    explained(TWO.replace('"eth0"', `"eth0"\n${nat}`), LINKS, of).ways.map((one) => [
      one.translation,
      one.source,
    ])[0];

  it("masquerade", () => expect(with_("", client())).toEqual(["masquerade", "192.0.2.2"]));
  it("snat", () => expect(with_('nat = "snat"', client())).toEqual(["snat", "192.0.2.2"]));
  it("none", () => expect(with_('nat = "none"', client())).toEqual(["none", "10.0.0.5"]));
  it("none for its own address", () => expect(with_("", packet(X))).toEqual(["none", "192.0.2.2"]));
  it("another uplink's address never leaves", () =>
    expect(
      explained(
        TWO.replace('"eth0"', '"eth0"\nnat = "none"\nloose = true').replace(
          "tier = 2",
          "tier = 2\nloose = true",
        ),
        LINKS,
        packet(X, { from: "198.51.100.2" }),
      ).ways[0],
    ).toMatchObject({ uplink: "adsl", translation: "masquerade", source: "192.0.2.2" }));
});

it("the text begins with the answer, and numbers the reasons", () => {
  const text = explanationText(explained(TWO, LINKS, client()));
  expect(text.split("\n")[0]).toBe(`${X} leaves by adsl (eth0) from 192.0.2.2: the choice in force`);
  expect(text).toContain(
    "\n  1. the choice (32765): tier 1 is the best that works: default via 192.0.2.1 dev eth0",
  );
  expect(text).toContain("\n  2. address translation (masquerade) from 10.0.0.5 to 192.0.2.2");
});
