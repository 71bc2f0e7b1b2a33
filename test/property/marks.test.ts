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

  it("marks of passing packets are no uplink's", () =>
    fc.assert(
      fc.property(mask, names, fc.nat({ max: 300 }), (bits, all, count) => {
        const some = all.slice(0, Math.min(255, markCapacity(bits)));
        const numbers = allocateNumbers(some, {}, bits);
        const passing = passingNumbers(count, numbers, some, bits);
        const taken = new Set(some.map((name) => numbers[name]));
        expect(passing.filter((number) => taken.has(number))).toEqual([]);
        expect(new Set(passing).size).toBe(passing.length);
        for (const number of passing) expect((markOf(number, bits) & bits) >>> 0).toBe(markOf(number, bits));
        expect(passing).toHaveLength(Math.min(count, markCapacity(bits) - some.length));
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
