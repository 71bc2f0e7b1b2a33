/** Random histories of a house. */

import fc from "fast-check";
import { HAPPENINGS, type Happening, type House } from "../fake-kernel/house.ts";

/** How often a property that runs houses is tried on each of them. */
export const RUNS = 15;

/** One thing that happens to one line. */
export const happening: fc.Arbitrary<Happening> = fc.record({
  kind: fc.constantFrom(...HAPPENINGS),
  line: fc.nat({ max: 2 }),
  variant: fc.constantFrom(0 as const, 1 as const),
  told: fc.constantFrom(0 as const, 1 as const, 1 as const, 2 as const),
});

export const history = fc.array(happening, { minLength: 1, maxLength: 8 });
export const shortHistory = fc.array(happening, { maxLength: 4 });

/** Lets everything happen, with a run for each time that it is told. */
export async function live(house: House, happenings: readonly Happening[]): Promise<void> {
  for (const { told, ...what } of happenings) {
    const event = house.happen(what);
    for (let time = 0; time < told; time++) await house.run([event]);
  }
}
