import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { House } from "../fake-kernel/house.ts";
import { runIp } from "../fake-kernel/ip.ts";
import { ALL } from "../fake-kernel/plans.ts";
import { history, live, RUNS } from "./arbitraries.ts";

const BATCH = ["-N", "-j", "-force", "-batch", "-"];

describe.each(ALL)("$name", (plan) => {
  it("two runs in a row: the second changes nothing", () =>
    fc.assert(
      fc.asyncProperty(history, async (happenings) => {
        const house = new House(plan);
        await live(house, happenings);
        await house.run();
        const text = house.kernel.text();
        const second = await house.run();
        expect(second.errors).toEqual([]);
        expect(second.changes).toEqual([]);
        expect(house.kernel.text()).toBe(text);
      }),
      { numRuns: RUNS },
    ));

  it("what a run hands on as the look of the kernel is how the kernel looks", () =>
    fc.assert(
      fc.asyncProperty(history, async (happenings) => {
        const house = new House(plan);
        await live(house, happenings);
        for (const report of [await house.run(), await house.run()]) {
          const { look } = report;
          if (look === null) continue;
          for (const [place, options] of [
            ["all", []],
            ["ipv4", ["-4"]],
            ["ipv6", ["-6"]],
          ] as const) {
            if (look.asked[place] === "") continue;
            const shown = runIp(house.kernel, [...options, ...BATCH], look.asked[place], null).stdout;
            expect(shown).toBe(look.said[place]);
          }
        }
        expect((await house.run()).look).not.toBe(null);
      }),
      { numRuns: RUNS },
    ));

  it("whatever happened in whatever order ends where a fresh start ends", () =>
    fc.assert(
      fc.asyncProperty(history, async (happenings) => {
        const house = new House(plan);
        await live(house, happenings);
        await house.run();
        const text = house.kernel.text();
        expect(text).toBe(await house.afresh());
      }),
      { numRuns: RUNS },
    ));
});
