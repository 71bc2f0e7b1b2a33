import { describe, expect, it } from "vitest";
import { escapeLine, formatLines, PRIORITY } from "../../../lib/log.ts";

describe("a line of the journal", () => {
  it.each([
    ["plain", "plain"],
    ["two\nlines", "two; lines"],
    ["a\rb", "a\\x0db"],
    ["\u001b[31mred", "\\x1b[31mred"],
    ["\u0000", "\\x00"],
    ["\u0085", "\\x85"],
    ["a\u2028b", "a\\x2028b"],
    ["Grüße", "Grüße"],
  ])("%j", (text, expected) => expect(escapeLine(text)).toBe(expected));
  it("no longer than anybody reads", () => expect(escapeLine("x".repeat(3000))).toBe(`${"x".repeat(2000)}…`));
  it("bears its priority, and cannot forge another", () =>
    expect(formatLines([{ priority: PRIORITY.warning, text: "a\n<0>b" }])).toBe("<4>a; <0>b\n"));
  it("none: nothing", () => expect(formatLines([])).toBe(""));
});
