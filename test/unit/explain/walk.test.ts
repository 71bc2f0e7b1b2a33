import { describe, expect, it } from "vitest";
import type { Packet } from "../../../lib/explain/packet.ts";
import type { RuleJson } from "../../../lib/explain/rule-match.ts";
import { end, packet, rule, steps, way } from "./support.ts";

const X = "203.0.113.1";
const MAIN = rule(32766, { table: "254" });
const ROUTES = [way(254, "main0"), way(5, "five0"), way(6, "six0")];

/** Rule 100 with this selector leads to table 5, else main. */
const taken = (selector: RuleJson, of: Packet) =>
  end(steps([rule(100, { ...selector, table: "5" }), MAIN], ROUTES, of)) === "100 five0";

describe("a selector", () => {
  const facts: readonly (readonly [string, RuleJson, Packet, boolean])[] = [
    ["none", {}, packet(X), true],
    ["from: inside", { src: "10.0.0.0", srclen: 8 }, packet(X, { from: "10.9.9.9" }), true],
    ["from: outside", { src: "10.0.0.0", srclen: 8 }, packet(X, { from: "11.0.0.1" }), false],
    ["from: a host", { src: "10.0.0.1" }, packet(X, { from: "10.0.0.1" }), true],
    ["from: no address yet", { src: "10.0.0.0", srclen: 8 }, packet(X), false],
    ["from 0.0.0.0/0: no address yet", { src: "0.0.0.0", srclen: 0 }, packet(X), true],
    ["to: inside", { dst: "203.0.113.0", dstlen: 24 }, packet(X), true],
    ["to: outside", { dst: "203.0.114.0", dstlen: 24 }, packet(X), false],
    ["to: IPv6", { dst: "2001:db8::", dstlen: 32 }, packet("2001:db8::1"), true],
    ["iif lo: this machine's own", { iif: "lo" }, packet(X), true],
    ["iif lo: forwarded", { iif: "lo" }, packet(X, { input: "eth0" }), false],
    ["iif: the same", { iif: "eth0" }, packet(X, { input: "eth0" }), true],
    ["iif: detached", { iif: "eth9", iif_detached: null }, packet(X, { input: "eth0" }), false],
    ["oif: nobody is bound", { oif: "eth0" }, packet(X), false],
    ["fwmark: equal", { fwmark: "0x5" }, packet(X, { mark: 5 }), true],
    ["fwmark: more bits", { fwmark: "0x5" }, packet(X, { mark: 0x105 }), false],
    ["fwmark: masked", { fwmark: "0x500", fwmask: "0xff00" }, packet(X, { mark: 0x5ca }), true],
    ["fwmark 0: unmarked", { fwmark: "0", fwmask: "0xff00" }, packet(X, { mark: 0xca }), true],
    ["fwmark: highest bit", { fwmark: "0x80000000" }, packet(X, { mark: 0x80000000 }), true],
    ["uidrange: inside", { uid_start: 5, uid_end: 10 }, packet(X, { user: 10 }), true],
    ["uidrange: outside", { uid_start: 5, uid_end: 10 }, packet(X, { user: 11 }), false],
    ["uidrange 0: forwarded", { uid_start: 0, uid_end: 0 }, packet(X, { input: "eth0" }), true],
    ["ipproto: old spelling", { ipproto: "ipproto-6" }, packet(X, { protocol: 6 }), true],
    ["ipproto: new spelling", { ipproto: "6" }, packet(X, { protocol: 6 }), true],
    ["ipproto: another", { ipproto: "6" }, packet(X, { protocol: 17 }), false],
    ["ipproto: not said", { ipproto: "6" }, packet(X), false],
    ["dport: equal", { dport: 443 }, packet(X, { destinationPort: 443 }), true],
    ["dport: range", { dport_start: 1, dport_end: 9 }, packet(X, { destinationPort: 9 }), true],
    ["dport: out of range", { dport_start: 1, dport_end: 9 }, packet(X, { destinationPort: 10 }), false],
    ["sport: never said", { sport: 5 }, packet(X, { destinationPort: 5 }), false],
    ["tos", { tos: "0x10" }, packet(X), false],
    ["tun_id", { tun_id: 7 }, packet(X), false],
    ["all must hold", { iif: "lo", fwmark: "0x1" }, packet(X), false],
    ["not: inverts a match", { not: null, iif: "lo" }, packet(X), false],
    ["not: inverts a mismatch", { not: null, iif: "lo" }, packet(X, { input: "eth0" }), true],
    ["not: inverts the whole", { not: null, iif: "lo", fwmark: "0x1" }, packet(X), true],
    ["not: without a selector", { not: null }, packet(X), false],
    ["not: of what was not said", { not: null, ipproto: "6" }, packet(X), true],
    ["one from the future", { colour: "blue" }, packet(X), false],
  ];
  for (const [title, selector, of, expected] of facts) {
    it(`${title}: ${expected ? "is" : "is not"} for it`, () => expect(taken(selector, of)).toBe(expected));
  }
});

describe("an action", () => {
  const go = (rules: Parameters<typeof steps>[0], routes: readonly object[] = ROUTES, of = packet(X)) =>
    end(steps(rules, routes, of));

  it("nop: the next rule", () => expect(go([rule(1, { nop: null }), MAIN])).toBe("32766 main0"));
  it("an empty table: the next rule", () => expect(go([rule(1, { table: "9" }), MAIN])).toBe("32766 main0"));
  it("goto: what lies between is skipped", () =>
    expect(go([rule(1, { goto: 3 }), rule(2, { table: "5" }), rule(3, { table: "6" })])).toBe("3 six0"));
  it("goto: the first rule of the target's priority", () =>
    expect(go([rule(1, { goto: 3 }), rule(3, { table: "5" }), rule(3, { table: "6" })])).toBe("3 five0"));
  it("goto: a target that is not there is passed over", () =>
    expect(go([rule(1, { goto: 9, unresolved: null }), rule(2, { table: "5" })])).toBe("2 five0"));
  it("goto: chains", () =>
    expect(go([rule(1, { goto: 2 }), rule(2, { goto: 32766 }), rule(3, { table: "5" }), MAIN])).toBe(
      "32766 main0",
    ));
  for (const [number, how] of [
    ["6", "blackhole"],
    ["7", "unreachable"],
    ["8", "prohibit"],
  ] as const) {
    it(how, () => expect(go([rule(1, { action: number }), MAIN])).toBe(`1 ${how}`));
    it(`${how} in words`, () => expect(go([rule(1, { action: how }), MAIN])).toBe(`1 ${how}`));
  }
  it("no rule at all: nowhere", () => expect(go([])).toBe("nowhere"));
  it("rules of the other family do not count", () => {
    const taken = steps([rule(1, { table: "5" })], ROUTES, packet(X));
    expect(end(taken)).toBe("1 five0");
    expect(go([MAIN], [], packet("2001:db8::1"))).toBe("nowhere");
  });

  const specific = { table: "254", suppress_prefixlength: 0 };
  const suppress = { table: "254", suppress_prefixlen: 0 };
  it("suppress: main's default does not count", () =>
    expect(go([rule(1, suppress), rule(2, { table: "5" })])).toBe("2 five0"));
  it("suppress: main's specific route wins", () =>
    expect(go([rule(1, suppress)], [way(254, "lan0", { dst: "203.0.113.0/24" }), way(5, "five0")])).toBe(
      "1 lan0",
    ));
  it("suppress: a longer limit", () =>
    expect(
      go([rule(1, { table: "254", suppress_prefixlen: 24 })], [way(254, "a", { dst: "203.0.113.0/24" })]),
    ).toBe("nowhere"));
  it("suppress: refusing is an answer, short or not", () =>
    expect(go([rule(1, suppress)], [way(254, "a", { type: "7" })])).toBe("1 unreachable"));
  it("a key of ip(8)'s command line is none of its listing", () =>
    expect(go([rule(1, specific), MAIN])).toBe("32766 main0"));
});

describe("a table", () => {
  const in5 = (routes: readonly object[], passedOver: readonly string[] = [], to = X) =>
    end(steps([rule(1, { table: "5" }), MAIN], [...routes, way(254, "main0")], packet(to), passedOver));

  it("the longest prefix", () =>
    expect(
      in5([way(5, "a"), way(5, "b", { dst: "203.0.113.0/24" }), way(5, "c", { dst: "203.0.0.0/16" })]),
    ).toBe("1 b"));
  it("a host's own route", () => expect(in5([way(5, "a"), way(5, "b", { dst: X })])).toBe("1 b"));
  it("a prefix elsewhere does not count", () =>
    expect(in5([way(5, "b", { dst: "198.51.100.0/24" })])).toBe("32766 main0"));
  it("the lowest metric", () =>
    expect(in5([way(5, "a", { metric: 9 }), way(5, "b", { metric: 2 })])).toBe("1 b"));
  it("no metric is 0", () => expect(in5([way(5, "a", { metric: 1 }), way(5, "b")])).toBe("1 b"));
  it("of equal ones the first", () => expect(in5([way(5, "a"), way(5, "b")])).toBe("1 a"));
  it("one for another type of service", () =>
    expect(in5([way(5, "a", { tos: "0x10" }), way(5, "b")])).toBe("1 b"));
  it("dead: the next", () =>
    expect(in5([way(5, "a", { flags: ["dead"] }), way(5, "b", { metric: 2 })])).toBe("1 b"));
  it("no carrier, passed over there: the next", () =>
    expect(in5([way(5, "a", { flags: ["linkdown"] }), way(5, "b", { metric: 2 })], ["a"])).toBe("1 b"));
  it("no carrier, passed over everywhere: the next", () =>
    expect(in5([way(5, "a", { flags: ["linkdown"] }), way(5, "b", { metric: 2 })], ["all"])).toBe("1 b"));
  it("no carrier, not passed over: taken all the same", () =>
    expect(in5([way(5, "a", { flags: ["linkdown"] }), way(5, "b", { metric: 2 })], ["b"])).toBe("1 a"));
  it("no carrier on the specific one: a shorter prefix", () =>
    expect(in5([way(5, "a", { dst: "203.0.113.0/24", flags: ["dead", "linkdown"] }), way(5, "b")])).toBe(
      "1 b",
    ));
  it("nothing alive: the next rule", () =>
    expect(in5([way(5, "a", { flags: ["dead", "linkdown"] })])).toBe("32766 main0"));
  it("nothing alive but the guard", () =>
    expect(
      in5([way(5, "a", { flags: ["dead"] }), { type: "7", dst: "default", table: "5", metric: 4294967295 }]),
    ).toBe("1 unreachable"));
  it("the guard behind what lives", () =>
    expect(
      in5([{ type: "7", dst: "default", table: "5", metric: 4294967295 }, way(5, "a", { metric: 1 })]),
    ).toBe("1 a"));
  it("throw: the next rule, whatever is behind", () =>
    expect(in5([way(5, "a"), { type: "9", dst: "203.0.113.0/24", table: "5" }])).toBe("32766 main0"));
  it("prohibit", () => expect(in5([{ type: "8", dst: "default", table: "5" }])).toBe("1 prohibit"));
  it("blackhole", () => expect(in5([{ type: "blackhole", dst: "default", table: "5" }])).toBe("1 blackhole"));
  it("several next hops", () =>
    expect(in5([{ dst: "default", table: "5", nexthops: [{ dev: "a" }, { dev: "b" }] }])).toBe("1 a+b"));
  it("several next hops, one dead", () =>
    expect(
      in5([{ dst: "default", table: "5", nexthops: [{ dev: "a", flags: ["dead"] }, { dev: "b" }] }]),
    ).toBe("1 b"));
  it("IPv6: the guard is shown on lo", () =>
    expect(in5([way(5, "lo", { type: "7", metric: 4294967295 })], [], "2001:db8::1")).toBe("1 unreachable"));
  it("IPv6: equal routes are taken in turn", () =>
    expect(in5([way(5, "a", { metric: 9 }), way(5, "b", { metric: 9 })], [], "2001:db8::1")).toBe("1 a+b"));
  it("IPv6: the preferred router", () =>
    expect(
      in5(
        [way(5, "a", { metric: 9, pref: "low" }), way(5, "b", { metric: 9, pref: "high" })],
        [],
        "2001:db8::1",
      ),
    ).toBe("1 b"));
});

describe("a step that decides nothing", () => {
  it("tells what was not said", () => {
    const [step] = steps([rule(1, { ipproto: "6", dport: 443, table: "5" })], ROUTES, packet(X));
    expect(step?.outcome).toEqual({
      kind: "no match",
      unsaid: ["protocol", "destination port"],
      unknown: [],
    });
  });
  it("tells nothing where something else is wrong too", () =>
    expect(steps([rule(1, { ipproto: "6", iif: "eth0", table: "5" })], ROUTES, packet(X))).toEqual([]));
  it("tells what is not understood", () => {
    const [step] = steps([rule(1, { dscp: "0x4", table: "5" })], ROUTES, packet(X));
    expect(step?.outcome).toEqual({ kind: "no match", unsaid: [], unknown: ["dscp"] });
  });
  it("tells what was passed over, and why", () => {
    const [step] = steps([rule(1, { table: "5" })], [way(5, "a", { flags: ["dead"] })], packet(X));
    expect(step?.outcome).toMatchObject({ kind: "no route", skipped: [{ why: "a is switched off" }] });
  });
});
