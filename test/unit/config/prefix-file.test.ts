import fc from "fast-check";
import { expect, it } from "vitest";
import { parsePrefixFile } from "../../../lib/config/prefix-file.ts";
import { formatProblem } from "../../../lib/config/problem.ts";
import { formatPrefix } from "../../../lib/net/prefix.ts";

const prefixes = (title: string, text: string, expected: string) =>
  it(title, () => {
    const file = parsePrefixFile(text, "f");
    expect(file.problems).toEqual([]);
    expect(file.prefixes.map(formatPrefix).join(" ")).toBe(expected);
  });

prefixes("one a line, in their order", "192.0.2.0/24\n10.0.0.0/8\n", "192.0.2.0/24 10.0.0.0/8");
prefixes("comments, blank lines, white space", "# x\n\n \t10.0.0.0/8\t # y\n", "10.0.0.0/8");
prefixes("both families", "::/0\n0.0.0.0/0", "::/0 0.0.0.0/0");
prefixes("duplicates once", "10.0.0.1\n10.0.0.1/32\n2001:DB8::/32\n2001:db8::/32", "10.0.0.1 2001:db8::/32");
prefixes("lines that end as on Windows", "10.0.0.0/8\r\n192.0.2.1\r\n", "10.0.0.0/8 192.0.2.1");
prefixes("nothing", "", "");

const problem = (title: string, text: string, expected: string) =>
  it(title, () => expect(parsePrefixFile(text, "f").problems.map(formatProblem).join("\n")).toBe(expected));

problem(
  "no prefix",
  "10.0.0.0/8\n  10.0.0/8 # x",
  'f:2:3: found "10.0.0/8", expected an IP address or a prefix such as 192.0.2.0/24 or 2001:db8::/32',
);
problem(
  "host bits",
  "10.1.2.3/8",
  'f:1:1: found "10.1.2.3/8", which has host bits set; did you mean "10.0.0.0/8"?',
);
problem(
  "control characters",
  "\u001b[2J",
  'f:1:1: found "\\u001b[2J", expected an IP address or a prefix such as 192.0.2.0/24 or 2001:db8::/32',
);

it("good lines count beside bad ones", () =>
  expect(parsePrefixFile("x\n10.0.0.0/8", "f").prefixes.map(formatPrefix)).toEqual(["10.0.0.0/8"]));

it("20 bad lines are reported one by one", () =>
  expect(parsePrefixFile("x\n".repeat(20), "f").problems).toHaveLength(20));

it("and further ones are counted", () => {
  const { problems } = parsePrefixFile("x\n".repeat(25), "f");
  expect(problems).toHaveLength(21);
  expect(problems[20]).toMatchObject({ line: 21, message: "5 more wrong from this line on" });
});

it("any text is read", () => fc.assert(fc.property(fc.string(), (text) => void parsePrefixFile(text, "f"))));

it("100,000 lines", () => {
  const lines = Array.from({ length: 100_000 }, (_, n) => `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`);
  const began = performance.now();
  expect(parsePrefixFile(lines.join("\n"), "f").prefixes).toHaveLength(100_000);
  // About 0.3 s on the machine it was written on; the bound only catches a change of kind.
  expect(performance.now() - began).toBeLessThan(3000);
});
