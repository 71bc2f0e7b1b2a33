import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { House, orderOf } from "../fake-kernel/house.ts";
import { leadsOut, lookUp, type Packet } from "../fake-kernel/lookup.ts";
import { ALL, EDGE, edge, MANY, STRICT } from "../fake-kernel/plans.ts";
import { happening, history, live, RUNS } from "./arbitraries.ts";

/** The marks that the packet filter gives new connections at this moment. */
function sharedMarks(house: House): number[] {
  const rules = house.kernel.nft.chains()?.get("balance")?.rules ?? [];
  return rules.flatMap((rule) =>
    [...rule.matchAll(/goto share_(0x[0-9a-f]+)/g)].map((match) => Number(match[1])),
  );
}

/** New connections of this machine and of the LAN. */
const NEW: readonly Partial<Packet>[] = [{ iif: "lo" }, { iif: "lan0", source: "10.0.0.9" }];

const reaches = (house: House, packet: Partial<Packet>) =>
  leadsOut(house.kernel, lookUp(house.kernel, packet));

/** Runs, and collects the moments at which a new connection had no way although it had one before and after. */
async function breaks(house: House, run: () => Promise<unknown>): Promise<string[]> {
  const before = NEW.map((packet) => reaches(house, packet));
  const moments: { readonly place: number; readonly what: string }[] = [];
  house.kernel.watch = (change) => {
    for (const [place, packet] of NEW.entries()) {
      for (const mark of [0, ...sharedMarks(house)]) {
        if (!reaches(house, { ...packet, mark }))
          moments.push({ place, what: `mark ${mark} after ${change}` });
      }
    }
  };
  await run();
  house.kernel.watch = () => undefined;
  const after = NEW.map((packet) => reaches(house, packet));
  return moments.flatMap(({ place, what }) => (before[place] && after[place] ? [what] : []));
}

describe.each(ALL)("$name", (plan) => {
  it("is never without a default between two commands", () =>
    fc.assert(
      fc.asyncProperty(history, happening, async (past, last) => {
        const house = new House(plan);
        await live(house, past);
        const event = house.happen(last);
        expect(await breaks(house, () => house.run([event]))).toEqual([]);
      }),
      { numRuns: RUNS * 2 },
    ));

  it("nor while Waymark comes and goes, where main has a default too", () =>
    fc.assert(
      fc.asyncProperty(history, async (past) => {
        const house = new House(plan);
        for (const { kind, line, variant } of past) house.happen({ kind, line, variant });
        house.kernel.addRoute({ gateway: "10.0.0.254", device: "lan0", metric: 9000, protocol: 4 });
        expect(await breaks(house, () => house.run())).toEqual([]);
        expect(await breaks(house, () => house.takeDown())).toEqual([]);
      }),
      { numRuns: RUNS },
    ));

  it("is there whenever an uplink is up", () =>
    fc.assert(
      fc.asyncProperty(history, async (past) => {
        const house = new House(plan);
        await live(house, past);
        const { state } = await house.run();
        const up = Object.values(state.uplinks).some(
          (record) => record.state === "up" && record.address4 !== null,
        );
        if (!up) return;
        for (const packet of NEW) {
          for (const mark of [0, ...sharedMarks(house)])
            expect(reaches(house, { ...packet, mark })).toBe(true);
        }
      }),
      { numRuns: RUNS },
    ));

  it("an uplink that is not up holds what is pinned to it", () =>
    fc.assert(
      fc.asyncProperty(history, async (past) => {
        const house = new House(plan);
        await live(house, past);
        const { state } = await house.run();
        for (const [name, record] of Object.entries(state.uplinks)) {
          const mark = ((house.order.numbers[name] ?? 0) << 8) >>> 0;
          for (const packet of NEW) {
            const { route } = lookUp(house.kernel, { ...packet, mark });
            const place = route?.type === 7 ? "nowhere" : route?.device;
            if (record.state === "up" && record.address4 !== null) expect(place).toBe(record.interface);
            // Where the gateway has yet to answer, the line itself may be tried; never another one.
            else if (record.state === "checking") expect(place).toBe(record.interface);
            else expect(place).toBe("nowhere");
          }
        }
      }),
      { numRuns: RUNS },
    ));
});

describe("a changed file", () => {
  const tier = fc.integer({ min: 1, max: 3 });
  const file = fc
    .tuple(fc.tuple(tier, tier, tier), fc.constantFrom("", STRICT))
    .map(([tiers, rules]) => edge(tiers, rules));

  it("never takes the default away while it is applied", () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(file, { minLength: 1, maxLength: 3 }),
        fc.option(happening),
        async (files, last) => {
          const house = new House(EDGE);
          await house.run();
          for (const text of files) {
            house.order = orderOf(text, house.order.numbers);
            if (last !== null) house.happen(last);
            expect(await breaks(house, () => house.run([], true))).toEqual([]);
          }
        },
      ),
      {
        numRuns: RUNS * 2,
        // A line that is off leaves a balanced tier: no mark may change its meaning.
        examples: [
          [
            [edge([2, 2, 2], STRICT), edge([2, 1, 1], STRICT)],
            { kind: "admin-down", line: 0, variant: 0, told: 0 },
          ],
        ],
      },
    ));
});

describe("twenty lines", () => {
  it("a pinned packet passes no more than forty rules", async () => {
    const house = new House(MANY);
    await house.run();
    for (const number of Object.values(house.order.numbers)) {
      const { route, rules } = lookUp(house.kernel, { iif: "lan0", mark: number << 8 });
      expect(route?.table).toBe(87000 + number);
      expect(rules).toBeLessThanOrEqual(40);
    }
  });
});
