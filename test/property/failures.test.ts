import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Happening } from "../fake-kernel/house.ts";
import { House } from "../fake-kernel/house.ts";
import { ALL, DUAL } from "../fake-kernel/plans.ts";
import type { Trouble } from "../fake-kernel/world.ts";
import { happening, live, RUNS, shortHistory } from "./arbitraries.ts";

const HOW = ["fail-before", "fail-after", "fail-half", "kill-before", "kill-after", "kill-half"] as const;

const trouble = fc.record({ at: fc.integer({ min: 1, max: 22 }), how: fc.constantFrom(...HOW) });

/** A house where something happened, and the run that it woke went wrong; with no trouble if `wrong` is null. */
async function troubled(house: House, before: readonly Happening[], last: Happening, wrong: Trouble | null) {
  await live(house, before);
  const event = house.happen(last);
  house.world.trouble = wrong;
  await house.tryRun([event]);
  // The event that was not dealt with lies in the spool: the next run finds it again.
  return event;
}

describe.each(ALL)("$name", (plan) => {
  it("a command that fails, or a kill at any of them: the next run ends where it would have ended", () =>
    fc.assert(
      fc.asyncProperty(shortHistory, happening, trouble, async (before, last, wrong) => {
        const smooth = new House(plan);
        const event = await troubled(smooth, before, last, null);
        await smooth.run([event]);
        const house = new House(plan);
        await troubled(house, before, last, wrong);
        const report = await house.run([event]);
        expect(report.errors).toEqual([]);
        expect(house.kernel.text()).toBe(smooth.kernel.text());
        expect((await house.run()).changes).toEqual([]);
      }),
      { numRuns: RUNS },
    ));

  it("a kill, and something else happens: the next run ends where a fresh start ends", () =>
    fc.assert(
      fc.asyncProperty(shortHistory, happening, trouble, happening, async (before, last, wrong, next) => {
        const house = new House(plan);
        await troubled(house, before, last, wrong);
        const event = house.happen(next);
        await house.run([event]);
        const text = house.kernel.text();
        expect(text).toBe(await house.afresh());
      }),
      { numRuns: RUNS * 2 },
    ));

  it("the same for every step of the very first run", async () => {
    const smooth = new House(plan);
    await smooth.run();
    for (const wrong of everyTrouble(smooth.world.steps)) {
      const house = new House(plan);
      house.world.trouble = wrong;
      await house.tryRun();
      await house.run();
      expect([wrong, house.kernel.text()]).toEqual([wrong, smooth.kernel.text()]);
    }
  });

  it("a kill at any step of the first run: everything can still be taken away, settings too", async () => {
    const former = new House(plan).kernel.text();
    const smooth = new House(plan);
    await smooth.run();
    for (const wrong of everyTrouble(smooth.world.steps)) {
      const house = new House(plan);
      house.world.trouble = wrong;
      await house.tryRun();
      await house.run();
      await house.takeDown();
      expect([wrong, house.kernel.text()]).toEqual([wrong, former]);
    }
  });
});

describe("two families", () => {
  it("a kill at any step, and IPv6 is gone when the next run comes: nothing of it is left", async () => {
    const smooth = new House(DUAL);
    await smooth.run();
    for (const wrong of everyTrouble(smooth.world.steps)) {
      const house = new House(DUAL);
      house.world.trouble = wrong;
      await house.tryRun();
      for (const device of ["eth0", "eth1"]) {
        const addresses = house.kernel.links.get(device)?.addresses ?? [];
        const six = addresses.find(({ family }) => family === 6)?.local ?? "";
        house.kernel.removeAddress(device, six);
      }
      await house.run();
      const left = house.kernel.rules.filter(({ family, protocol }) => family === 6 && protocol === 87);
      expect([wrong, left.length]).toEqual([wrong, 0]);
    }
  });
});

/** Each way in which each of the first steps can go wrong. */
function everyTrouble(steps: number): Trouble[] {
  return Array.from({ length: steps }, (_, place) => place + 1).flatMap((at) =>
    HOW.map((how) => ({ at, how })),
  );
}
