import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { House } from "../fake-kernel/house.ts";
import { ALL } from "../fake-kernel/plans.ts";
import { history, live, RUNS } from "./arbitraries.ts";

describe.each(ALL)("$name", (plan) => {
  it("after whatever happened, taking down leaves what was there without Waymark", () =>
    fc.assert(
      fc.asyncProperty(history, async (happenings) => {
        const house = new House(plan);
        const without = new House(plan);
        await live(house, happenings);
        for (const { told, ...what } of happenings) without.happen(what);
        await house.takeDown();
        expect(house.kernel.text()).toBe(without.kernel.text());
        expect((await house.takeDown()).changes).toEqual([]);
      }),
      { numRuns: RUNS },
    ));

  it("what an administrator had set is back, and what he set since stays", async () => {
    const house = new House(plan);
    const line = plan.lines.map((each) => house.deviceOf(each))[0] ?? "";
    const path = `/proc/sys/net/ipv4/conf/${line}/rp_filter`;
    const other = `/proc/sys/net/ipv4/conf/${line}/ignore_routes_with_linkdown`;
    house.kernel.settings.set(path, "1");
    const former = house.kernel.text();
    await house.run();
    expect(house.kernel.settings.get(path)).toBe("2");
    await house.takeDown();
    expect(house.kernel.text()).toBe(former);
    await house.run();
    house.kernel.settings.set(other, "0");
    await house.takeDown();
    expect(house.kernel.text()).toBe(former);
  });
});
