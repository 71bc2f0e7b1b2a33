import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BLOCKS, LETTERS, sparkline } from "../../../lib/terminal/sparkline.ts";

const line = (trips: readonly (number | null)[], width = 60, set = BLOCKS) =>
  sparkline(trips, width, set)
    .map(({ char }) => char)
    .join("");

describe("round trips as bars", () => {
  it.each<[string, (number | null)[], string]>([
    ["none", [], ""],
    ["steady: half-way up", [20, 20, 20], "▄▄▄"],
    ["lost", [20, null, 20], "▄×▄"],
    ["all lost", [null, null], "××"],
    ["a spike", [20, 20, 20, 500], "▂▂▂█"],
    ["twice the usual", [20, 20, 20, 40], "▄▄▄█"],
    ["at once", [0, 0], "▁▁"],
    ["from little to much", [5, 10, 20, 30, 40], "▁▂▄▆█"],
  ])("%s", (_, trips, expected) => expect(line(trips)).toBe(expected));
  it("the newest, where there is little room", () => expect(line([1, null, 1, 1], 2)).toBe("▄▄"));
  it("no room", () => expect(line([1], 0)).toBe(""));
  it("without blocks", () => expect(line([20, 20, 20, 500, null], 60, LETTERS)).toBe("...#x"));
  it("as many as there are, marked where no answer came", () =>
    fc.assert(
      fc.property(
        fc.array(fc.option(fc.float({ min: 0, noNaN: true, noDefaultInfinity: true }))),
        fc.nat(80),
        (trips, width) => {
          const bars = sparkline(trips, width, BLOCKS);
          expect(bars.map(({ lost }) => lost)).toEqual(
            (width === 0 ? [] : trips.slice(-width)).map((trip) => trip === null),
          );
          expect(bars.every(({ char }) => char.length === 1)).toBe(true);
        },
      ),
    ));
});
