import { describe, expect, it } from "vitest";
import { combine } from "../../../lib/health/combine.ts";
import type { FamilyHealth, Verdict } from "../../../lib/health/health.ts";

const family = (verdict: Verdict, reason = "", since = 100): FamilyHealth => ({
  verdict,
  reason,
  since,
  loss: null,
  latency: null,
  recent: [],
});

describe("the better family decides", () => {
  const better = (four: Verdict, six: Verdict, expected: Verdict) =>
    it(`${four} and ${six}`, () => {
      expect(combine({ 4: family(four), 6: family(six) }, null).verdict).toBe(expected);
      expect(combine({ 4: family(six), 6: family(four) }, null).verdict).toBe(expected);
    });
  better("up", "down", "up");
  better("up", "up", "up");
  better("degraded", "down", "degraded");
  better("degraded", "unknown", "degraded");
  better("checking", "down", "checking");
  better("down", "unknown", "down");
  better("unknown", "unknown", "unknown");
  it("one alone", () =>
    expect(combine({ 6: family("down", "x") }, null)).toMatchObject({ verdict: "down", reason: "x" }));
  it("none at all is not known", () =>
    expect(combine({}, null)).toMatchObject({ verdict: "unknown", since: 0 }));
});

describe("reasons", () => {
  const reason = (four: FamilyHealth, six: FamilyHealth, expected: string) =>
    it(expected || "none", () => expect(combine({ 4: four, 6: six }, null).reason).toBe(expected));
  reason(family("up"), family("up"), "");
  reason(family("up"), family("down", "no answer"), "IPv6 down: no answer");
  reason(family("down", "no answer"), family("degraded", "loss"), "IPv6: loss; IPv4 down: no answer");
  reason(family("down", "x"), family("down", "y"), "IPv4: x; IPv6: y");
  reason(family("down", "same"), family("down", "same"), "same");
});

describe("since", () => {
  it("the newest change made it", () =>
    expect(combine({ 4: family("down", "", 5), 6: family("down", "", 7) }, null).since).toBe(7));
  it("stays while the verdict does", () => {
    const before = combine({ 4: family("up", "", 5) }, null);
    expect(combine({ 4: family("down", "", 9), 6: family("up", "", 8) }, before).since).toBe(5);
    expect(combine({ 4: family("down", "", 9) }, before).since).toBe(9);
  });
  it("the families are told", () => {
    const families = { 4: family("up"), 6: family("down") };
    expect(combine(families, null).families).toBe(families);
  });
});
