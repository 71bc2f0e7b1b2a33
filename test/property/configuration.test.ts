import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { House, orderOf } from "../fake-kernel/house.ts";
import { MANY } from "../fake-kernel/plans.ts";
import { RUNS } from "./arbitraries.ts";

/** The file with only some of the uplinks, and with a rule or two. */
function textOf(places: readonly number[], rules: readonly string[]): string {
  const uplinks = places.map(
    (place) => `[uplink.l${place}]\npeer = "l${place}"\ntier = ${1 + (place >> 2)}\n`,
  );
  return [...uplinks, ...rules.map((rule) => `[[rule]]\n${rule}\nvia = "l${places[0]}"\n`)].join("");
}

const places = fc.uniqueArray(fc.nat({ max: 19 }), { minLength: 1, maxLength: 20 });
const manyPlaces = fc.uniqueArray(fc.nat({ max: 19 }), { minLength: 17, maxLength: 20 });
const rules = fc.uniqueArray(
  fc.constantFrom(
    'user = "mldonkey"',
    'group = "p2p"',
    'source = "10.0.0.0/24"',
    'destination_port = [25, "80-90"]',
    'protocol = "udp"\ndestination = ["192.0.2.0/24", "198.51.100.0/24"]',
    'source = "10.0.0.0/24"\ndestination_port = [25, "80-90"]',
  ),
  { maxLength: 3 },
);

/** Applies one file after another, as `waymark apply` does. */
async function applyAll(house: House, texts: readonly string[]): Promise<void> {
  for (const text of texts) {
    house.order = orderOf(text, house.order.numbers);
    await house.run([], true);
  }
}

const file = fc.oneof(places, manyPlaces).chain((some) => rules.map((all) => textOf(some, all)));

describe("a changed file", () => {
  it("is brought about by one run: the next one changes nothing", () =>
    fc.assert(
      fc.asyncProperty(fc.array(file, { minLength: 1, maxLength: 3 }), async (texts) => {
        const house = new House(MANY);
        await applyAll(house, texts);
        const report = await house.run([], true);
        expect(report.changes).toEqual([]);
        const text = house.kernel.text();
        expect(text).toBe(await house.afresh());
      }),
      { numRuns: RUNS },
    ));

  it("also when the first of many uplinks goes and comes again", async () => {
    const all = Array.from({ length: 20 }, (_, place) => place);
    for (const texts of [[textOf(all.slice(1), [])], [textOf(all.slice(1), []), textOf(all, [])]]) {
      const house = new House(MANY);
      await house.run();
      await applyAll(house, texts);
      expect((await house.run([], true)).changes).toEqual([]);
    }
  });

  it("is taken down whole", () =>
    fc.assert(
      fc.asyncProperty(fc.array(file, { minLength: 1, maxLength: 3 }), async (texts) => {
        const house = new House(MANY);
        const former = house.kernel.text();
        await applyAll(house, texts);
        await house.takeDown();
        expect(house.kernel.text()).toBe(former);
      }),
      { numRuns: RUNS },
    ));
});
