import { describe, expect, it } from "vitest";
import type { Route } from "../../../lib/kernel/route.ts";
import { ANY, type PolicyRule, type SeenRule } from "../../../lib/kernel/rule.ts";
import {
  isOurs,
  routeChanges,
  routingChanges,
  settingsToRestore,
  settingsToWrite,
} from "../../../lib/plan/changes.ts";
import { aKernel, mainDefault } from "./support.ts";

const route = (how: Partial<Route>): Route =>
  mainDefault("eth0", "192.0.2.1", { table: 87001, protocol: 87, metric: 1, ...how });

const rule = (priority: number, how: Partial<PolicyRule> = {}): PolicyRule => ({
  family: 4,
  priority,
  selector: ANY,
  action: { kind: "lookup", table: 87001, suppressDefault: false },
  ...how,
});

const seen = (of: PolicyRule, protocol = 87): SeenRule => ({
  family: of.family,
  priority: of.priority,
  protocol,
  rule: of,
  json: {},
});

describe("routes", () => {
  const one = route({});
  it("equal: nothing", () => expect(routeChanges([one], [one])).toEqual({ come: [], go: [] }));
  it("another gateway: replaced, never deleted", () => {
    const { come, go } = routeChanges([route({ gateway: "192.0.2.2" })], [one]);
    expect([come, go]).toEqual([
      ["route replace default via 192.0.2.2 dev eth0 table 87001 metric 1 proto 87"],
      [],
    ]);
  });
  it("another metric is another route", () => {
    const { come, go } = routeChanges([route({ metric: 2 })], [one]);
    expect(come).toEqual(["route replace default via 192.0.2.1 dev eth0 table 87001 metric 2 proto 87"]);
    expect(go).toEqual(["route del default via 192.0.2.1 dev eth0 table 87001 metric 1 proto 87"]);
  });
  it.each([
    [route({}), true],
    [route({ table: 87000 }), true],
    [route({ protocol: 3 }), false],
    [route({ table: 254 }), false],
    [route({ table: 86999 }), false],
    [route({ table: 90000 }), false],
  ])("%# ours or not", (given, expected) => expect(isOurs(given)).toBe(expected));
});

describe("very many", () => {
  /** Counts how often one is looked at. */
  const counted = <T extends object>(one: T, looks: { count: number }): T =>
    new Proxy(one, {
      get: (target, key) => {
        looks.count++;
        return Reflect.get(target, key);
      },
    });
  const MANY = 2000;
  const hosts = Array.from({ length: MANY }, (_, host) => `10.7.${host >> 8}.${host & 255}`);

  it("prefixes of one table are looked at a few times each", () => {
    const looks = { count: 0 };
    const routes = hosts.map((destination) => counted(route({ destination }), looks));
    expect(routeChanges(routes, routes)).toEqual({ come: [], go: [] });
    expect(looks.count).toBeLessThan(100 * MANY);
  });

  it("destinations of one rule are looked at a few times each", () => {
    const looks = { count: 0 };
    const rules = hosts.map((to) => counted(rule(31000, { selector: { ...ANY, to } }), looks));
    const kernel = { ...aKernel({}), rules: rules.map((one) => seen(one)) };
    expect(routingChanges({ routes: [], rules }, kernel, new Set())).toEqual({ lines: [], lines6: [] });
    expect(looks.count).toBeLessThan(100 * MANY);
  });
});

describe("the order of a change", () => {
  const wanted = { routes: [route({ table: 87002 })], rules: [rule(31100), rule(31300), rule(31200)] };
  const kernel = {
    ...aKernel({}),
    routes: [route({ table: 87003 }), route({ table: 87002, protocol: 4 })],
    rules: [seen(rule(31400)), seen(rule(31100), 3)],
  };
  it("routes come, rules come from the last to the first, rules go, routes go", () =>
    expect(routingChanges(wanted, kernel, new Set()).lines).toEqual([
      "route replace default via 192.0.2.1 dev eth0 table 87002 metric 1 proto 87",
      "rule add priority 31300 lookup 87001 protocol 87",
      "rule add priority 31200 lookup 87001 protocol 87",
      "rule add priority 31100 lookup 87001 protocol 87",
      "rule del priority 31400 lookup 87001 protocol 87",
      "route del default via 192.0.2.1 dev eth0 table 87003 metric 1 proto 87",
    ]));

  it("main's specific routes are asked before anything leads past them, and to the last", () => {
    const rules = [rule(30000), rule(30001), rule(30010), rule(32765)];
    const order = (lines: readonly string[]) => lines.map((line) => line.split(" ").slice(1, 4).join(" "));
    const { lines: come } = routingChanges({ routes: [], rules }, aKernel({}), new Set());
    expect(order(come)).toEqual([
      "add priority 30000",
      "add priority 30001",
      "add priority 32765",
      "add priority 30010",
    ]);
    const full = { ...aKernel({}), rules: rules.map((one) => seen(one)) };
    const { lines: go } = routingChanges({ routes: [], rules: [] }, full, new Set());
    expect(order(go)).toEqual([
      "del priority 30010",
      "del priority 32765",
      "del priority 30001",
      "del priority 30000",
    ]);
  });

  it("IPv6 rules are for another batch", () => {
    const lines = routingChanges({ routes: [], rules: [rule(5, { family: 6 })] }, aKernel({}), new Set());
    expect(lines).toEqual({ lines: [], lines6: ["rule add priority 5 lookup 87001 protocol 87"] });
  });

  it("tables of files are left alone", () => {
    const busy = { ...aKernel({}), routes: [route({ table: 87400 })] };
    expect(routingChanges({ routes: [], rules: [] }, busy, new Set([87400])).lines).toEqual([]);
  });
});

describe("settings", () => {
  const setting = (seenValue: string | null, value = "2") => ({ path: "/p", value, seen: seenValue });
  const recorded = { "/p": { was: "0", set: "2" } };
  const unread = (path: string): never => {
    throw new Error(`${path} was seen`);
  };
  it("as wanted: nothing", () => expect(settingsToWrite([setting("2")], unread)).toEqual([]));
  it("a kernel without it: nothing", () => expect(settingsToWrite([setting(null)], () => null)).toEqual([]));
  it("another value is written", () =>
    expect(settingsToWrite([setting("1")], unread)).toEqual([{ path: "/p", value: "2", was: "1" }]));
  it("what was not seen is read", () =>
    expect(settingsToWrite([setting(null)], () => "0")).toEqual([{ path: "/p", value: "2", was: "0" }]));
  it("a mask of processors with more zeros is the same", () =>
    expect(settingsToWrite([setting("00000000,0000000f", "f")], unread)).toEqual([]));
  it("no longer wanted: restored", () => expect(settingsToRestore([], recorded)).toEqual(["/p"]));
  it("wanted still: not", () => expect(settingsToRestore([setting("2")], recorded)).toEqual([]));
});
