import { describe, expect, it } from "vitest";
import { shareOf } from "../../../lib/plan/share.ts";

const UPLINKS = [
  { name: "a", weight: 8 },
  { name: "b", weight: 6 },
  { name: "c", weight: 3 },
];
const shares = (choice: readonly string[], shared: readonly string[]) =>
  UPLINKS.map(({ name }) => shareOf(name, { choice, shared }, UPLINKS));

describe("shares of new connections", () => {
  it("one gets all", () => expect(shares(["b"], [])).toEqual([0, 1, 0]));
  it("nobody", () => expect(shares([], [])).toEqual([0, 0, 0]));
  it("by weight", () => expect(shares(["a", "b", "c"], ["a", "b", "c"])).toEqual([0.471, 0.353, 0.176]));
  it("two of three", () => expect(shares(["a", "c"], ["a", "c"])).toEqual([0.727, 0, 0.273]));
  it("not pinned: the first of the choice", () => expect(shares(["b", "c"], [])).toEqual([0, 1, 0]));
});
