import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { partIn, partOf, placesOf, withParts } from "../../../lib/quick/parts-text.ts";

const FILE = `#!/bin/sh\nexit 0\n${withParts([
  ["program", "one();\n"],
  ["reader", "two();\n"],
])}`;

describe("parts of a file", () => {
  it("are found by name", () => expect(partOf("reader", FILE)).toBe("two();\n"));
  it("the first too", () => expect(partOf("program", FILE)).toBe("one();\n"));
  it("are none of another name", () => expect(partOf("end", `${FILE.slice(0, 20)}`)).toBeNull());
  it("are none when cut off", () => expect(partOf("reader", FILE.slice(0, -20))).toBeNull());
  it("that stand before a cut are still whole", () =>
    expect(partOf("program", FILE.slice(0, -20))).toBe("one();\n"));

  it("are found by place, as by name", () => {
    const places = placesOf(["program", "reader", "none"], FILE);
    expect(Object.keys(places)).toEqual(["program", "reader"]);
    for (const [name, { from, length }] of Object.entries(places)) {
      const at = (shift: number) => partIn(name, FILE.slice(from + shift, from + shift + length));
      expect(at(0)).toBe(partOf(name, FILE));
      expect([at(1), at(-1)]).toEqual([null, null]);
    }
    expect(partIn("program", "")).toBe(null);
  });

  it("come out as they went in", () =>
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, two) => {
        fc.pre(![one, two].some((text) => text.includes("#@@")));
        const file = withParts([
          ["a", one],
          ["b", two],
        ]);
        expect([partOf("a", file), partOf("b", file)]).toEqual([one, two]);
      }),
    ));
});
