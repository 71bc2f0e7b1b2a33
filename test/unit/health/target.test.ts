import { describe, expect, it } from "vitest";
import {
  answers,
  latencyOf,
  lossOf,
  lossOfWindow,
  newTarget,
  successes,
  told,
  weight,
} from "../../../lib/health/target.ts";
import { aCheck } from "./simulation.ts";

const check = aCheck({ window: 10, upAfter: 3 });

/** A target whose probes ended so, one each second: a round trip, or null. */
const after = (...trips: (number | null)[]) =>
  trips.reduce(
    (record, rtt, place) =>
      told(
        record,
        rtt === null
          ? { outcome: "lost", target: "a", sentAt: place * 1000 }
          : { outcome: "answered", target: "a", sentAt: place * 1000, rtt },
        check,
        place * 1000 + (rtt ?? 1000),
      ),
    newTarget("a", 0),
  );
const times = (count: number, trip: number | null) => Array.from({ length: count }, () => trip);

describe("loss", () => {
  it("of nothing", () => expect([lossOf(after(), check), lossOfWindow(after(), check)]).toEqual([null, 0]));
  it("of a few, and of the window", () =>
    expect([lossOf(after(20, null), check), lossOfWindow(after(20, null), check)]).toEqual([0.5, 0.1]));
  it("of the newest", () => expect(lossOf(after(...times(10, null), ...times(10, 20)), check)).toBe(0.1));
  it("is not thinned by answers to what was sent behind it, however long its deadline is", () => {
    const patient = aCheck({ interval: 100, timeout: 500, window: 5 });
    let record = newTarget("a", 0);
    // Every third probe is lost, which is told with the fifth behind it; the others are answered at once.
    for (let now = 0; now <= 3000; now += 100) {
      const [sent, due] = [now / 100, now / 100 - 5];
      if (due >= 0 && due % 3 === 0) {
        record = told(record, { outcome: "lost", target: "a", sentAt: due * 100 }, patient, now);
      }
      if (sent % 3 !== 0) {
        record = told(record, { outcome: "answered", target: "a", sentAt: now, rtt: 1 }, patient, now + 1);
      }
    }
    expect(lossOfWindow(record, patient)).toBe(0.4);
  });
});

describe("latency", () => {
  it("of nothing", () => expect(latencyOf(after(null), check)).toBeNull());
  it("of too few", () => expect(latencyOf(after(1, 2, 3, 4), check)).toBeNull());
  it("of few, to be shown", () => expect(latencyOf(after(1, 2, 3, 4), check, 1)).toBe(2.5));
  it("is the median", () => expect(latencyOf(after(900, 20, 30, null, 10, 25), check)).toBe(25));
});

describe("in a row", () => {
  const rows = (title: string, expected: [number, number], ...trips: (number | null)[]) =>
    it(title, () => expect([successes(after(...trips), check), answers(after(...trips))]).toEqual(expected));
  rows("nothing", [0, 0]);
  rows("answers", [3, 3], null, 20, 30, 1000);
  rows("a late one is an answer, but no success", [1, 3], 20, 1001, 20);
  rows("the newest losses end a success", [0, 2], 20, 20, null, null);
  rows("only losses", [0, 0], null, null);
  rows("as far as it is remembered", [11, 11], ...times(15, 20));
});

describe("what one loss proves", () => {
  const proves = (title: string, expected: number, ...trips: (number | null)[]) =>
    it(title, () => expect(weight(after(...trips), check, 1e9)).toBeCloseTo(expected, 2));
  proves("with nothing known", 1);
  proves("of a target that always answered", 1, ...times(10, 20));
  proves("of one that loses one of ten", 1, null, ...times(9, 20));
  proves("of one that loses three of ten", 0.52, ...times(3, null), ...times(7, 20));
  proves("of one that loses most", 1 / 3, ...times(9, null), 20);
  proves("of one that never answers", 0, ...times(10, null));
  it("what is lost since the last sign of life is no habit", () =>
    expect(weight(after(20, ...times(9, null)), check, 20)).toBe(1));
});

describe("what is told", () => {
  it("out of order is kept in the order of sending", () => {
    const early = told(after(20, 20, 20), { outcome: "lost", target: "a", sentAt: 500 }, check, 2100);
    expect(early.probes.map(({ sentAt }) => sentAt)).toEqual([0, 500, 1000, 2000]);
  });
  it("an answer is not lost any more", () =>
    expect(told(after(20), { outcome: "lost", target: "a", sentAt: 0 }, check, 1000).probes).toEqual([
      { sentAt: 0, rtt: 20 },
    ]));
  it("a second answer to one probe does not count", () =>
    expect(
      told(after(20), { outcome: "answered", target: "a", sentAt: 0, rtt: 50 }, check, 1000).probes,
    ).toEqual([{ sentAt: 0, rtt: 20 }]));
  it("what cannot run is counted until something runs", () => {
    const cannot = { outcome: "cannot-run", target: "a", sentAt: 0, why: "x" } as const;
    const twice = told(told(after(20), cannot, check, 1000), cannot, check, 2000);
    expect(twice).toMatchObject({ notRun: 2, notRunWhy: "x" });
    expect(told(twice, { outcome: "lost", target: "a", sentAt: 2000 }, check, 3000)).toMatchObject({
      notRun: 0,
      notRunWhy: null,
    });
  });
  it("measurements from before a time without probes are none of now", () =>
    expect(
      told(after(20, 20), { outcome: "answered", target: "a", sentAt: 60_000, rtt: 30 }, check, 60_030)
        .probes,
    ).toEqual([{ sentAt: 60_000, rtt: 30 }]));
});
