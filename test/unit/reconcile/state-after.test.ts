import { describe, expect, it } from "vitest";
import { recordOf, stateAfter } from "../../../lib/reconcile/state-after.ts";
import { NO_STATE } from "../../../lib/state/record.ts";
import { aLink, aRecord, planOf, uplink } from "../plan/support.ts";

const TEXT = uplink("eth0", 'gateway = "192.0.2.1"\ntier = 1\nverify = "gateway"');
const AUTO = uplink("eth0", "tier = 1");
const eth0 = (how = {}) => aLink("eth0", ["192.0.2.5/24"], { index: 7, ...how });
const before = aRecord({ index: 7, gateway4: "192.0.2.1", verified: true, since: 5 });

const found = (text: string, links: Parameters<typeof planOf>[1]) => {
  const first = planOf(text, { state: { uplinks: { eth0: before } }, ...links }).uplinks[0];
  if (first === undefined) throw new Error("no uplink");
  return first;
};

describe("the record of an uplink", () => {
  it("as it is", () =>
    expect(recordOf(found(TEXT, { links: [eth0()] }), before, 9)).toEqual(
      aRecord({
        interface: "eth0",
        index: 7,
        address4: "192.0.2.5",
        gateway4: "192.0.2.1",
        verified: true,
        since: 5,
      }),
    ));
  it("another state begins now", () =>
    expect(recordOf(found(TEXT, { links: [eth0({ carrier: false })] }), before, 9).since).toBe(9));
  it("without a carrier it has to be verified anew", () =>
    expect(recordOf(found(TEXT, { links: [eth0({ carrier: false })] }), before, 9).verified).toBe(false));
  it("a gateway outlives the address", () =>
    expect(recordOf(found(AUTO, { links: [aLink("eth0", [], { index: 7 })] }), before, 9).gateway4).toBe(
      "192.0.2.1",
    ));
  it("but not the device", () =>
    expect(recordOf(found(AUTO, { links: [aLink("eth0", [], { index: 8 })] }), before, 9).gateway4).toBe(
      null,
    ));
});

describe("the state after a run", () => {
  const reached = { owed: {}, settings: {}, packetFilter: "p", prefixTables: {} };
  const plan = planOf(uplink("a", "tier = 1") + uplink("b", "tier = 1"), {
    links: ["a", "b"].map((name) => aLink(name, ["100.64.0.7"], { pointToPoint: true })),
  });
  it("knows who balances", () => expect(stateAfter(plan, NO_STATE, 1, reached).balanced).toEqual(["a", "b"]));
  it("nobody does without the packet filter", () =>
    expect(stateAfter(plan, NO_STATE, 1, { ...reached, packetFilter: null }).balanced).toEqual([]));
  it("forgets uplinks that the file no longer has", () =>
    expect(
      Object.keys(stateAfter(plan, { ...NO_STATE, uplinks: { old: before } }, 1, reached).uplinks),
    ).toEqual(["a", "b"]));

  it("keeps addresses, and nothing else, of a line that is away, be it from an older version's state", () => {
    const away = planOf(uplink("a", "tier = 1"));
    const { lastAddresses: _, ...older } = NO_STATE;
    const state = {
      ...older,
      uplinks: { a: aRecord({ state: "up", address4: "100.64.0.7" }) },
    } as unknown as typeof NO_STATE;
    expect(stateAfter(away, state, 1, reached).lastAddresses).toEqual({
      a: { address4: "100.64.0.7", address6: null },
    });
  });

  /** What is told of `b`, in reserve, of which that is known. */
  const toldOf = (verdict: "checking" | "down", reason: string, told: boolean) => {
    const health = (how: "up" | typeof verdict, why: string) => {
      const family = { verdict: how, reason: why, since: 0, loss: null, latency: null, recent: [] };
      return { verdict: how, reason: why, since: 0, families: { 4: family } };
    };
    const healths = { a: health("up", ""), b: health(verdict, reason) };
    const file = `${uplink("a", "tier = 1")}${uplink("b", "tier = 2")}[check]\ntargets = ["192.0.2.1"]\n`;
    const links = ["a", "b"].map((name) => aLink(name, ["100.64.0.7"], { pointToPoint: true }));
    const wanted = planOf(file, { links, healths });
    return stateAfter(wanted, { ...NO_STATE, told: { b: told } }, 1, reached).told;
  };
  it("tells of a line that is looked at anew what was told of it", () => {
    expect(toldOf("checking", "waiting for the first answer", true)).toEqual({ a: true, b: true });
    expect(toldOf("checking", "waiting for the first answer", false)).toEqual({ a: true, b: false });
  });
  it("but not of one that has to prove itself, or is down", () => {
    expect(toldOf("checking", "answers again; up after 5 answers in a row", true)).toEqual({
      a: true,
      b: false,
    });
    expect(toldOf("down", "no answer", true)).toEqual({ a: true, b: false });
  });
});
