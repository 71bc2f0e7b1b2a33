import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planMarking } from "../../lib/plan/marking.ts";
import { hex, markOf } from "../../lib/plan/marks.ts";
import { House } from "../fake-kernel/house.ts";
import { showRoute } from "../fake-kernel/kernel.ts";
import { ALL, SEPARATE } from "../fake-kernel/plans.ts";
import { showRule } from "../fake-kernel/rules.ts";
import { happening, history, live, RUNS } from "./arbitraries.ts";

/** What is not Waymark's, nor one of the lines' own routes. */
function foreign(house: House): string[] {
  const others = house.kernel.routes.filter(
    ({ protocol, device }) => protocol !== 87 && (device === "lan0" || device === null),
  );
  return [
    ...others.map(showRoute),
    ...house.kernel.rules.filter(({ protocol }) => protocol !== 87).map(showRule),
    house.kernel.nft.list(["table", "ip", "docker"]),
  ];
}

describe.each(ALL)("$name", (plan) => {
  it("what others have in the kernel never changes", () =>
    fc.assert(
      fc.asyncProperty(history, async (happenings) => {
        const house = new House(plan);
        const before = foreign(house);
        house.kernel.watch = () => expect(foreign(house)).toEqual(before);
        await live(house, happenings);
        await house.run();
        await house.takeDown();
        expect(house.kernel.journal.filter((line) => / proto (?!87)\d/.test(line))).toEqual([]);
      }),
      { numRuns: RUNS },
    ));
});

/** Patterns for the objects of an uplink alone. */
function objectsOf(house: House, name: string): RegExp[] {
  const { config, numbers } = house.order;
  const number = numbers[name] ?? 0;
  const mark = hex(markOf(number, config.marks.mask));
  const share = planMarking(config, numbers).balanceMarks.get(name) ?? 0;
  const line = house.plan.lines.find(({ uplink }) => uplink === name);
  const device = line === undefined ? null : house.deviceOf(line);
  return [
    new RegExp(`table ${87000 + number} `),
    new RegExp(`lookup ${87000 + number} `),
    new RegExp(`_(${mark}|${hex(share)})$`),
    ...(device === null ? [] : [new RegExp(`dev ${device} `), new RegExp(`/${device}/`)]),
  ];
}

describe.each(SEPARATE)("$name", (plan) => {
  it("a change on one line touches nothing of another one's", () =>
    fc.assert(
      fc.asyncProperty(history, happening, async (before, last) => {
        const house = new House(plan);
        await live(house, before);
        await house.run();
        house.kernel.journal.splice(0);
        const place = last.line % plan.lines.length;
        const { ipv6 } = house.world.store.state;
        const others = plan.lines.filter((_, other) => other !== place).map(({ uplink }) => uplink);
        const patterns = others.flatMap((name) => objectsOf(house, name));
        const { state } = await house.run([house.happen(last)]);
        // The IPv6 half as a whole comes with the first such address, and goes with the last one.
        if (state.ipv6 !== ipv6) return;
        const touched = house.kernel.journal.filter(
          (line) => !line.startsWith("conntrack ") && patterns.some((pattern) => pattern.test(line)),
        );
        expect(touched).toEqual([]);
        expect(house.kernel.journal).not.toContain("nft table replace");
      }),
      { numRuns: RUNS * 2 },
    ));
});
