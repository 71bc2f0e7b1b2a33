import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { House } from "../fake-kernel/house.ts";
import { leadsOut, lookUp, type Packet } from "../fake-kernel/lookup.ts";
import { BALANCED, EDGE } from "../fake-kernel/plans.ts";
import { happening, history, live, RUNS } from "./arbitraries.ts";

/** Which servers each uplink has: one that all share, and one of its own. */
const SERVERS: Readonly<Record<string, readonly string[]>> = {
  adsl: ["9.9.9.9", "198.51.100.53"],
  lte: ["9.9.9.9", "203.0.113.53"],
  gsm: ["9.9.9.9", "100.70.0.53"],
};
const ALL = [...new Set(Object.values(SERVERS).flat())];

/** The plan with name servers for each uplink. */
const named = (plan: typeof EDGE): typeof EDGE => ({
  ...plan,
  text: plan.text.replace(/\[uplink\.(\w+)\]\n/g, (head, name: string) => {
    const servers = (SERVERS[name] ?? []).map((server) => `"${server}"`);
    return `${head}dns = [${servers.join(", ")}]\n`;
  }),
});

/** New questions of this machine and of the LAN. */
const ASKERS: readonly Partial<Packet>[] = [{ iif: "lo" }, { iif: "lan0", source: "10.0.0.9" }];

/** Servers that would be asked by a line that is not theirs. */
function astray(house: House): string[] {
  return ALL.flatMap((server) => {
    const owners = house.plan.lines.filter((line) => SERVERS[line.uplink]?.includes(server));
    const devices = owners.map((line) => house.deviceOf(line));
    return ASKERS.flatMap((asker) => {
      const { route } = lookUp(house.kernel, {
        ...asker,
        destination: server,
        destinationPort: 53,
        protocol: 17,
      });
      return route?.type === 1 && !devices.includes(route.device) ? [`${server} by ${route.device}`] : [];
    });
  });
}

describe.each([named(EDGE), named(BALANCED)])("name servers of the $name", (plan) => {
  it("are asked by a line of theirs or by none, between any two commands", () =>
    fc.assert(
      fc.asyncProperty(history, happening, async (past, last) => {
        const house = new House(plan);
        await house.run();
        const found: string[] = [];
        house.kernel.watch = (change) => {
          found.push(...astray(house).map((text) => `${text} after ${change}`));
        };
        await live(house, [...past, last]);
        expect(found).toEqual([]);
      }),
      { numRuns: RUNS * 2 },
    ));

  it("are reached if a line of theirs works", () =>
    fc.assert(
      fc.asyncProperty(history, async (past) => {
        const house = new House(plan);
        await live(house, past);
        await house.run();
        const up = Object.entries(house.world.store.state.uplinks).flatMap(([name, { state }]) =>
          state === "up" ? (SERVERS[name] ?? []) : [],
        );
        for (const server of up) {
          for (const asker of ASKERS) {
            const outcome = lookUp(house.kernel, { ...asker, destination: server });
            expect([server, leadsOut(house.kernel, outcome)]).toEqual([server, true]);
          }
        }
      }),
      { numRuns: RUNS },
    ));

  it("leave nothing behind", () =>
    fc.assert(
      fc.asyncProperty(history, async (past) => {
        const house = new House(plan);
        await live(house, past);
        await house.takeDown();
        expect(house.kernel.routes.filter(({ table }) => table === 87310)).toEqual([]);
        expect(house.kernel.rules.filter(({ table }) => table === 87310)).toEqual([]);
      }),
      { numRuns: RUNS },
    ));
});
