import { describe, expect, it } from "vitest";
import type { KernelState } from "../../../lib/kernel/observe.ts";
import type { SeenRule } from "../../../lib/kernel/rule.ts";
import type { UplinkState } from "../../../lib/plan/uplink-state.ts";
import { asksItself, planUse } from "../../../lib/use/plan.ts";
import { aLink, planOf, uplink } from "../plan/support.ts";

const CONFIG = `${uplink("eth0", 'gateway = "192.0.2.1"\ntier = 1')}${uplink("eth1", 'gateway = "2001:db8::1"\ntier = 2')}`;
const plan = planOf(CONFIG, {
  links: [aLink("eth0", ["192.0.2.5/24"]), aLink("eth1", ["2001:db8::5/64"])],
});
const [eth0, eth1] = plan.uplinks as [UplinkState, UplinkState];

/** A kernel that has all that was planned, but for what is left out. */
const kernel = (without: (line: object) => boolean = () => false): KernelState => ({
  links: [],
  settings: [],
  routes: plan.routes.filter((route) => !without(route)),
  rules: plan.rules
    .filter((rule) => !without(rule))
    .map(
      (rule): SeenRule => ({ family: rule.family, priority: rule.priority, protocol: 87, rule, json: {} }),
    ),
});
const down = (how: Partial<UplinkState>): UplinkState => ({ ...eth0, ...how });

describe("a command over an uplink", () => {
  it("gets its mark and its name servers", () =>
    expect(planUse(eth0, kernel(), ["192.0.2.53", "9.9.9.9"])).toEqual({
      mark: 0x100,
      ipv6: true,
      servers: ["192.0.2.53", "9.9.9.9"],
    }));
  it("three servers at most, and none that it cannot ask", () =>
    expect(
      planUse(eth0, kernel(), ["2001:db8::53", "1.1.1.1", "1.0.0.1", "8.8.8.8", "8.8.4.4"]),
    ).toMatchObject({
      servers: ["1.1.1.1", "1.0.0.1", "8.8.8.8"],
    }));
  it("over IPv6 alone", () =>
    expect(planUse(eth1, kernel(), ["9.9.9.9", "fe80::1", "2001:db8::53"])).toEqual({
      mark: 0x200,
      ipv6: true,
      servers: ["2001:db8::53"],
    }));
  it("without IPv6 rules no IPv6", () =>
    expect(
      planUse(
        eth0,
        kernel((line) => "family" in line && line.family === 6),
        [],
      ),
    ).toMatchObject({ ipv6: false }));
  it.each<[string, UplinkState, string]>([
    ["down", down({ state: "down", reason: "no carrier on eth0" }), "eth0 is down: no carrier on eth0"],
    ["checking", down({ state: "checking", reason: "" }), "eth0 is checking"],
  ])("not while it is %s", (_, one, refuse) => expect(planUse(one, kernel(), [])).toEqual({ refuse }));
  it.each<[string, (line: object) => boolean]>([
    ["rule", (line) => "selector" in line],
    ["route", (line) => "destination" in line],
  ])("not without the %s", (_, without) =>
    expect(planUse(eth0, kernel(without), [])).toEqual({
      refuse: "the kernel lacks the rule or the route that leads to eth0: sudo waymark apply",
    }),
  );
  it("not by somebody else's rule", () => {
    const { rules, ...rest } = kernel();
    const others = rules.map((rule) => ({ ...rule, protocol: 4 }));
    expect(planUse(eth0, { ...rest, rules: others }, [])).toHaveProperty("refuse");
  });
});

describe("who looks names up", () => {
  it.each([
    ["nameserver 127.0.0.53\noptions edns0\n", true],
    ["nameserver 127.0.0.1\nnameserver ::1", true],
    ["", true],
    ["nameserver 127.0.0.1\nnameserver 9.9.9.9", false],
    ["#nameserver 127.0.0.1\n  nameserver\t192.168.1.1", false],
  ])("%j", (text, itself) => expect(asksItself(text)).toBe(itself));
});
