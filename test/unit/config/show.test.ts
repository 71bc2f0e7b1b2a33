import fc from "fast-check";
import { expect, it } from "vitest";
import { alternatives, escaped, shown } from "../../../lib/config/show.ts";

const value = (input: unknown, expected: string) =>
  it(`${expected} is shown`, () => expect(shown(input)).toBe(expected));

value("eth0", '"eth0"');
value('a"b\\c', '"a\\"b\\\\c"');
value("a\nb", '"a\\u000ab"');
value("\u001b[31m", '"\\u001b[31m"');
value("a\u202eb", '"a\\u202eb"');
value("a\u2028b", '"a\\u2028b"');
value("\u{e0041}", '"\\U000e0041"');
value("straße", '"straße"');
value("x".repeat(61), `"${"x".repeat(60)}..."`);
value(3, "3");
value(Number.NaN, "NaN");
value(true, "true");
value([], "an empty list");
value([1], "a list");
value({}, "a table");
value(new Date(0), "a date or time");

it("lists alternatives", () => expect(alternatives(["a", "b", "c"])).toBe("a, b or c"));
it("one alternative is itself", () => expect(alternatives(["a"])).toBe("a"));

it("leaves nothing that a terminal obeys", () =>
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(escaped(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
    }),
  ));
