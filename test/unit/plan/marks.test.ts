import { describe, expect, it } from "vitest";
import { planMarking } from "../../../lib/plan/marking.ts";
import { allocateNumbers, hex, markCapacity, markOf } from "../../../lib/plan/marks.ts";
import { configOf } from "../config/reading.ts";
import { uplink } from "./support.ts";

describe("marks", () => {
  it.each([
    [1, 0xff00, "0x100"],
    [255, 0xff00, "0xff00"],
    [1, 0xff000000, "0x1000000"],
    [200, 0xff000000, "0xc8000000"],
    [3, 0x3, "0x3"],
  ])("number %i under %i", (number, mask, expected) => expect(hex(markOf(number, mask))).toBe(expected));

  it.each([
    [0xff00, 255],
    [0x100, 1],
    [0xff000000, 255],
    [0x3f0, 63],
  ])("a mask of %i holds %i", (mask, count) => expect(markCapacity(mask)).toBe(count));

  it("lowest number first; those that look like somebody else's last", () => {
    const names = Array.from({ length: 12 }, (_, place) => `n${place}`);
    // 0x0a00 to 0x0f00 are Cilium's and Kubernetes'.
    expect(Object.values(allocateNumbers(names, {}, 0xff00))).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 16, 17,
    ]);
  });

  it("a name that is gone keeps its number until it is needed", () => {
    expect(allocateNumbers(["b"], { a: 1 }, 0xff00)).toEqual({ a: 1, b: 2 });
    expect(allocateNumbers(["b"], { a: 1 }, 0x100)).toEqual({ b: 1 });
  });

  it("too many", () =>
    expect(() => allocateNumbers(["a", "b"], {}, 0x100)).toThrow("2 uplinks do not fit the mark mask 0x100"));
});

describe("who is marked with what", () => {
  const two = uplink("a", "tier = 1") + uplink("b", "tier = 1");
  const marking = (text: string) => planMarking(configOf(text), { a: 1, b: 2 });

  it("balancing by the uplinks' own marks", () => {
    expect([...marking(two).balanceMarks]).toEqual([
      ["a", 0x100],
      ["b", 0x200],
    ]);
  });
  const rule = '[[rule]]\ngroup = "p2p"\nvia = "a"\n';
  it("by others beside rules, as far from the top as the uplinks' own are from the bottom", () => {
    expect([...marking(two + rule).balanceMarks.values()]).toEqual([0xff00, 0xfe00]);
  });
  it("the same when another uplink joins the tier", () => {
    const three = (tier: number) => uplink("c", `tier = ${tier}`) + two + rule;
    const marks = (tier: number) =>
      planMarking(configOf(three(tier)), { a: 1, b: 2, c: 3 }).balanceMarks.get("b");
    expect([marks(2), marks(1)]).toEqual([0xfe00, 0xfe00]);
  });
});
