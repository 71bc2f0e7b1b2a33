import { describe, expect, it } from "vitest";
import { dwell, fallen, longestProbation, NO_PENALTY, probation } from "../../../lib/health/patience.ts";
import { aCheck } from "./simulation.ts";

const check = aCheck();
const MINUTE = 60_000;

/** What a line has to prove behind so many falls, ten seconds apart. */
const behind = (falls: number) => {
  let penalty = NO_PENALTY;
  for (let time = 0; time < falls; time++) penalty = fallen(penalty, check, time * 10_000);
  return probation(penalty, check, falls * 10_000) / 1000;
};

describe("patience", () => {
  it("at the defaults", () => expect([dwell(check), longestProbation(check)]).toEqual([10_000, 320_000]));
  it("goes by the interval", () => expect(dwell(aCheck({ interval: 200 }))).toBe(2000));
  it("the first fall costs nothing more", () => expect([behind(0), behind(1)]).toEqual([0, 0]));
  it("the next ones double", () => expect([2, 3, 4].map(behind)).toEqual([10, 20, 40]));
  it("is bounded", () => expect(behind(1000)).toBe(320));
  it("wears off", () => {
    const often = [0, 1, 2, 3].reduce(
      (penalty, minute) => fallen(penalty, check, minute * MINUTE),
      NO_PENALTY,
    );
    const later = (minutes: number) => probation(often, check, (3 + minutes) * MINUTE) / 1000;
    expect([0, 5, 10, 20, 60].map(later)).toEqual([40, 20, 10, 0, 0]);
  });
  it("a clock that stands still does no harm", () =>
    expect(probation(fallen(NO_PENALTY, check, MINUTE), check, 0)).toBe(0));
});
