import { describe, expect, it } from "vitest";
import type { UplinkHealth, Verdict } from "../../../lib/health/health.ts";
import { TABLE } from "../../../lib/plan/layout.ts";
import { aLink, planOf, uplink } from "./support.ts";

const CHECK = '[check]\ntargets = ["192.0.2.1"]\n';
const FILE = `${uplink("a", "tier = 1")}${uplink("b", "tier = 2")}${uplink("c", "tier = 3")}${CHECK}`;
const links = ["a", "b", "c"].map((name, place) =>
  aLink(name, [`100.64.${place}.7 peer 100.64.0.1`], { pointToPoint: true }),
);

function health(verdict: Verdict): UplinkHealth {
  const reason = verdict === "up" ? "" : `it is ${verdict}`;
  const family = { verdict, reason, since: 0, loss: null, latency: null, recent: [] };
  return { verdict, reason, since: 0, families: { 4: family } };
}

const planWith = (
  verdicts: Readonly<Record<string, Verdict>> | null,
  choice: readonly string[] = ["a"],
  text = FILE,
) =>
  planOf(text, {
    links,
    state: { choice },
    healths:
      verdicts === null
        ? null
        : Object.fromEntries(Object.entries(verdicts).map(([name, verdict]) => [name, health(verdict)])),
  });

const devices = (plan: ReturnType<typeof planOf>, table: number) =>
  plan.routes
    .filter((route) => route.table === table && route.destination === "default")
    .sort((left, right) => left.metric - right.metric)
    .map((route) => route.device ?? route.type);

describe("what the health checks say", () => {
  it("does not matter while nobody makes them", () => expect(planWith(null).choice).toEqual(["a"]));
  it("a dead line is left", () => {
    const plan = planWith({ a: "down", b: "up", c: "up" });
    expect(plan.choice).toEqual(["b"]);
    expect(devices(plan, TABLE.choice)).toEqual(["b", "c"]);
    expect(plan.uplinks[0]).toMatchObject({ state: "down", reason: "it is down" });
  });
  it("but keeps its way, since its probes need one", () =>
    expect(devices(planWith({ a: "down", b: "up", c: "up" }), TABLE.uplink + 1)).toEqual([
      "a",
      "unreachable",
    ]));
  it("a degraded line is behind all others, whatever its tier", () => {
    const plan = planWith({ a: "degraded", b: "up", c: "up" });
    expect([plan.choice, devices(plan, TABLE.choice)]).toEqual([["b"], ["b", "c", "a"]]);
    expect(plan.uplinks[0]).toMatchObject({ state: "up", reason: "it is degraded" });
  });
  it("and is used if there is nothing better", () =>
    expect(planWith({ a: "degraded", b: "down", c: "down" }).choice).toEqual(["a"]));
  it("if all are dead the last good path is kept", () => {
    const plan = planWith({ a: "down", b: "down", c: "down" }, ["b"]);
    expect([plan.choice, devices(plan, TABLE.choice)]).toEqual([["b"], ["b"]]);
  });
  it("a line that is new is not chosen before it has answered", () => {
    const plan = planWith({ b: "up", c: "up" }, ["b"]);
    expect(plan.choice).toEqual(["b"]);
    expect(plan.uplinks[0]).toMatchObject({ state: "checking" });
  });
  it("nor is one left while it is being looked at", () =>
    expect(planWith({ a: "checking", b: "up", c: "up" }).choice).toEqual(["a"]));
  it("a check that cannot run says nothing", () =>
    expect(planWith({ a: "unknown", b: "up", c: "up" }).choice).toEqual(["a"]));
  it("a rule goes on by its next uplink", () => {
    const rule = '[[rule]]\ndestination = "203.0.113.0/24"\nvia = ["a", "b"]\n';
    expect(devices(planWith({ a: "down", b: "up", c: "up" }, ["a"], FILE + rule), TABLE.rules)).toEqual([
      "b",
    ]);
    expect(devices(planWith({ a: "degraded", b: "up", c: "up" }, ["a"], FILE + rule), TABLE.rules)).toEqual([
      "b",
      "a",
    ]);
  });
  it("a check of one family says nothing of the other", () => {
    const v6 = FILE.replace("192.0.2.1", "2001:db8::1");
    expect(planWith({}, ["a"], v6).choice).toEqual(["a"]);
  });
});
