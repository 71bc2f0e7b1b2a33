import fc from "fast-check";
import { expect, test } from "vitest";
import { firstText, quoted, readInterface } from "../../../lib/event/text.ts";

test("first text", () => expect(firstText(undefined, "", "a", "b")).toBe("a"));
test("no text", () => expect(firstText(undefined, "")).toBe(""));

test("plain", () => expect(quoted("eth0")).toBe('"eth0"'));
test("line break", () => expect(quoted("a\nb")).toBe('"a\\u{a}b"'));
test("quote and backslash", () => expect(quoted('a"\\')).toBe('"a\\"\\\\"'));
test("terminal", () => expect(quoted("\u001b[2J\u009b")).toBe('"\\u{1b}[2J\\u{9b}"'));
test("writing direction", () => expect(quoted("a\u202e")).toBe('"a\\u{202e}"'));
test("half a pair", () => expect(quoted("\ud800")).toBe('"\\u{d800}"'));
test("40 characters", () => expect(quoted("x".repeat(40))).toBe(`"${"x".repeat(40)}"`));
test("41 characters", () => expect(quoted("x".repeat(41))).toBe(`"${"x".repeat(40)}"...`));
test("pairs are not cut", () => expect(quoted("😀".repeat(50))).toBe(`"${"😀".repeat(40)}"...`));

test("never long, never with a control character", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
      expect(quoted(text)).toMatch(/^"[^\p{C}\p{Zl}\p{Zp}]{0,400}"(\.\.\.)?$/u);
    }),
  );
});

test("reading an interface", () => expect(readInterface("ppp0")).toBe("ppp0"));
test("reading a reserved one", () =>
  expect(readInterface("all")).toEqual({ ignore: '"all" is no interface name' }));
