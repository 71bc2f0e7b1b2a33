import fc from "fast-check";
import { expect, it } from "vitest";
import { didYouMean, editDistance, nearest } from "../../../lib/config/suggest.ts";

const distance = (from: string, to: string, expected: number) =>
  it(`${from} to ${to} is ${expected}`, () => expect(editDistance(from, to)).toBe(expected));

distance("tier", "tier", 0);
distance("teir", "tier", 1);
distance("tir", "tier", 1);
distance("tierr", "tier", 1);
distance("tiar", "tier", 1);
distance("", "tier", 4);
distance("tier", "", 4);
distance("kitten", "sitting", 3);

const meant = (word: string, expected: string | null) =>
  it(`${word} means ${expected}`, () =>
    expect(nearest(word, ["tier", "weight", "spread_cpus", "interface"])).toBe(expected));

meant("teir", "tier");
meant("Tier", "tier");
meant("wieght", "weight");
meant("spread-cpus", "spread_cpus");
meant("iface", null);
meant("x", null);
meant("interfaces", "interface");
meant("x".repeat(1000), null);

it("no suggestion is no text", () => expect(didYouMean("qqq", ["tier"])).toBe(""));
it("a suggestion is a question", () => expect(didYouMean("teir", ["tier"])).toBe('; did you mean "tier"?'));

it("is the same both ways", () =>
  fc.assert(fc.property(fc.string(), fc.string(), (a, b) => editDistance(a, b) === editDistance(b, a))));
