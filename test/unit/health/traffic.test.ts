import { describe, expect, it } from "vitest";
import { isBusy, type Sample, withSample } from "../../../lib/health/traffic.ts";
import { aCheck } from "./simulation.ts";

/** A line that is looked at every 250 ms, and carries so much in each second. */
const looked = (received: number, bytes: number, looks: number, every = 250): Sample[] =>
  Array.from({ length: looks }, (_, look) => {
    const at = look * every;
    return { at, received: (received * at) / 1000, bytes: (bytes * at) / 1000 };
  });

const kept = (samples: readonly Sample[], how = {}) =>
  samples.reduce<readonly Sample[]>((all, one) => withSample(all, one, aCheck(how)), []);

describe("a line is busy", () => {
  const tells = (title: string, expected: boolean, samples: readonly Sample[], how = {}) =>
    it(`${expected ? "" : "not "}${title}`, () =>
      expect(isBusy(kept(samples, how), aCheck(how))).toBe(expected));

  tells("with what a full line of 256 kbit/s brings back", true, looked(11, 32_000, 9));
  tells("with much that goes out and nothing that comes in", false, looked(0, 500_000, 9));
  tells("with small packets only", false, looked(100, 6000, 9));
  tells("with a few large packets", false, looked(5, 100_000, 9));
  tells("at the first look", false, looked(1000, 1e6, 1));
  tells("at a second look soon behind it", false, looked(1000, 1e6, 2, 400));
  tells("at a second look half an interval later", true, looked(1000, 1e6, 2, 500));
  tells("when what came is over for an interval", false, [
    ...looked(1000, 1e6, 5),
    { at: 1250, received: 1000, bytes: 1e6 },
    { at: 1500, received: 1000, bytes: 1e6 },
    { at: 2500, received: 1000, bytes: 1e6 },
  ]);
  tells("compared with another silence, long ago", false, [
    { at: 0, received: 0, bytes: 0 },
    { at: 60_000, received: 1e6, bytes: 1e9 },
  ]);
  tells("with a packet or two in a short interval", false, looked(20, 1e6, 5, 50), { interval: 200 });
  tells("in a short interval too", true, looked(40, 1e6, 5, 50), { interval: 200 });
});

it("no more is kept than an interval needs", () => {
  expect(kept(looked(1, 1, 100)).map(({ at }) => at)).toEqual([23_750, 24_000, 24_250, 24_500, 24_750]);
});
