import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allocateNumbers, markCapacity, markOf, passingNumbers } from "../../lib/plan/marks.ts";

/** Neighbouring bits somewhere in the mark. */
const mask = fc
  .tuple(fc.integer({ min: 1, max: 10 }), fc.nat({ max: 22 }))
  .map(([width, shift]) => (((1 << width) - 1) << shift) >>> 0);

const names = fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9]{0,6}$/), { minLength: 1, maxLength: 60 });

describe("marks", () => {
  it("differ under the mask, fit it, and are never zero", () =>
    fc.assert(
      fc.property(mask, names, (bits, all) => {
        const some = all.slice(0, Math.min(255, markCapacity(bits)));
        const numbers = allocateNumbers(some, {}, bits);
        const marks = some.map((name) => markOf(numbers[name] ?? 0, bits));
        expect(new Set(marks).size).toBe(some.length);
        for (const mark of marks) {
          expect(mark).not.toBe(0);
          expect((mark & bits) >>> 0).toBe(mark);
        }
      }),
    ));

  it("marks of passing packets are no uplink's, and each stands for one thing", () =>
    fc.assert(
      fc.property(mask, names, fc.nat({ max: 300 }), fc.nat({ max: 60 }), (bits, all, groups, balanced) => {
        const some = all.slice(0, Math.min(255, markCapacity(bits)));
        const numbers = allocateNumbers(some, {}, bits);
        const shared = some.slice(0, balanced);
        const given = passingNumbers(shared, groups, numbers, some, bits);
        const passing = [...given.groups, ...given.shares];
        const taken = new Set(some.map((name) => numbers[name]));
        expect(passing.filter((number) => taken.has(number))).toEqual([]);
        expect(new Set(passing).size).toBe(passing.length);
        for (const number of passing) {
          expect(number).toBeGreaterThan(0);
          expect((markOf(number, bits) & bits) >>> 0).toBe(markOf(number, bits));
        }
        const free = markCapacity(bits) - some.length;
        expect(passing).toHaveLength(Math.min(groups + shared.length, free));
      }),
    ));

  it("where there is room, a balanced uplink's depends on nothing but its own", () =>
    fc.assert(
      fc.property(names, fc.nat({ max: 20 }), fc.nat({ max: 20 }), (all, groups, others) => {
        const numbers = allocateNumbers(all, {}, 0xff00);
        const [first = ""] = all;
        const share = (shared: readonly string[], count: number) =>
          passingNumbers(shared, count, numbers, all, 0xff00).shares[0];
        expect(share([first], 0)).toBe(share(all.slice(0, others + 1), groups));
      }),
    ));

  it("nobody is ever given another number, whoever comes and goes", () =>
    fc.assert(
      fc.property(fc.array(names, { minLength: 1, maxLength: 5 }), (rounds) => {
        let numbers: Readonly<Record<string, number>> = {};
        for (const round of rounds) {
          const next = allocateNumbers(round, numbers, 0xff00);
          for (const name of round) {
            if (numbers[name] !== undefined) expect(next[name]).toBe(numbers[name]);
          }
          expect(new Set(Object.values(next)).size).toBe(Object.keys(next).length);
          numbers = next;
        }
      }),
    ));

  it("a name that keeps its place keeps its number also when numbers run out", () =>
    fc.assert(
      fc.property(names, names, (first, second) => {
        const bits = 0x3f00;
        const before = allocateNumbers(first, {}, bits);
        const after = allocateNumbers(second, before, bits);
        for (const name of second) if (first.includes(name)) expect(after[name]).toBe(before[name]);
        const given = second.map((name) => after[name]);
        expect(new Set(given).size).toBe(second.length);
      }),
    ));
});
