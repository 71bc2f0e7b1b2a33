import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { House } from "../fake-kernel/house.ts";

/** Two to twelve PPP lines of one tier with these weights. */
function houseOf(weights: readonly number[]): House {
  const names = weights.map((_, place) => `l${place}`);
  return new House({
    name: "shares",
    text: names
      .map((name, place) => `[uplink.${name}]\npeer = "${name}"\ntier = 1\nweight = ${weights[place]}\n`)
      .join(""),
    lines: names.map((name, place) => ({
      uplink: name,
      device: name,
      ppp: true,
      addresses: [`100.64.${place}.7`, `100.64.${place}.8`],
      gateway: null,
      address6: null,
    })),
  });
}

describe("balancing", () => {
  it("gives every number of the dice to one uplink, as many as its weight", () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 256 }), { minLength: 2, maxLength: 12 }),
        async (weights) => {
          const house = houseOf(weights);
          await house.run();
          const rule = house.kernel.nft.chains()?.get("balance")?.rules.at(-1) ?? "";
          const total = Number(/^numgen inc mod (\d+) vmap /.exec(rule)?.[1]);
          expect(total).toBe(weights.reduce((sum, weight) => sum + weight, 0));
          const ranges = [...rule.matchAll(/(\d+)(?:-(\d+))? : goto share_0x[0-9a-f]+/g)];
          let next = 0;
          for (const [place, range] of ranges.entries()) {
            const first = Number(range[1]);
            const last = Number(range[2] ?? range[1]);
            expect(first).toBe(next);
            expect(last - first + 1).toBe(weights[place]);
            next = last + 1;
          }
          expect(next).toBe(total);
        },
      ),
      { numRuns: 30 },
    ));
});
