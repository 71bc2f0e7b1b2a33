import fc from "fast-check";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { duration, formatDuration, formatShare, share } from "../../../lib/config/quantities.ts";

const said = (schema: v.GenericSchema<unknown, number>, input: unknown) => {
  const result = v.safeParse(schema, input);
  return result.success ? result.output : result.issues[0]?.message;
};

describe("a duration", () => {
  const is = (input: unknown, expected: unknown) =>
    it(JSON.stringify(input), () => expect(said(duration(100, 3_600_000), input)).toBe(expected));
  is("500ms", 500);
  is("10s", 10_000);
  is("5m", 300_000);
  is("1h", 3_600_000);
  is("1.5s", 1500);
  is("1 s", 1000);
  is("0.1s", 100);
  const expected = 'expected a duration from "100ms" to "1h"';
  is("0.1ms", `found "0.1ms", ${expected}`);
  is("99ms", `found "99ms", ${expected}`);
  is("2h", `found "2h", ${expected}`);
  is("-1s", `found "-1s", ${expected}`);
  is("1S", `found "1S", ${expected}`);
  is("1d", `found "1d", ${expected}`);
  is("", `found "", ${expected}`);
  is("10", `found "10", ${expected}; did you mean "10s"?`);
  is(10, `found 10, ${expected}; did you mean "10s"?`);
  is(0, `found 0, ${expected}`);
  is(true, `found true, ${expected}`);

  it("is written as it is read", () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 999_999_999 }), (milliseconds) => {
        expect(said(duration(1, 1e12), formatDuration(milliseconds))).toBe(milliseconds);
      }),
    ));
});

describe("a share", () => {
  const is = (input: unknown, expected: unknown) =>
    it(JSON.stringify(input), () => expect(said(share, input)).toBe(expected));
  is("20%", 0.2);
  is("0%", 0);
  is("100 %", 1);
  is("2.5%", 0.025);
  is("101%", 'found "101%", expected a share from "0%" to "100%"');
  is("-1%", 'found "-1%", expected a share from "0%" to "100%"');
  is("20", 'found "20", expected a share from "0%" to "100%"; did you mean "20%"?');
  is(0.2, 'found 0.2, expected a share from "0%" to "100%"; did you mean "0.2%"?');
  it("is shown in percent", () =>
    expect([0.2, 0.07, 1, 0.025].map(formatShare)).toEqual(["20%", "7%", "100%", "2.5%"]));
});
