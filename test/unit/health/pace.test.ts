import { describe, expect, it } from "vitest";
import { heard, newHealth } from "../../../lib/health/machine.ts";
import { hurriedInterval, offset, overdueAfter } from "../../../lib/health/pace.ts";
import { aCheck } from "./simulation.ts";

describe("targets are asked one behind the other", () => {
  it("one", () => expect(offset(aCheck(), 0, 1)).toBe(0));
  it("three", () =>
    expect([0, 1, 2].map((place) => offset(aCheck({ interval: 900 }), place, 3))).toEqual([0, 300, 600]));
});

describe("an answer is overdue", () => {
  const after = (rtt: number, timeout = 1000) =>
    overdueAfter(
      heard(newHealth(aCheck({ timeout }), 4, 0), { outcome: "answered", target: "a", sentAt: 0, rtt }, rtt),
    );
  it("nothing known: after half the timeout", () =>
    expect(overdueAfter(newHealth(aCheck(), 4, 0))).toBe(500));
  it("after four times what is usual", () => expect(after(60)).toBe(240));
  it("not at once", () => expect(after(2)).toBe(100));
  it("at half the timeout at the latest", () => expect([after(400), after(60, 120)]).toEqual([500, 60]));
});

describe("extra probes", () => {
  const every = (interval: number) => hurriedInterval(aCheck({ interval }));
  it("four in each interval, but not too many", () =>
    expect([1000, 200, 100, 3_600_000].map(every)).toEqual([250, 50, 50, 900_000]));
});
