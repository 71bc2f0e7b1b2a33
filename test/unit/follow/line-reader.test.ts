import fc from "fast-check";
import { expect, it } from "vitest";
import { LineReader } from "../../../lib/follow/line-reader.ts";

it("gives lines when they end", () => {
  const reader = new LineReader();
  expect(reader.read("one\ntw")).toEqual(["one"]);
  expect(reader.read("o\n\nthree\n")).toEqual(["two", "", "three"]);
  expect(reader.read("four")).toEqual([]);
});

it("drops a line that is too long, in one piece or many, and goes on behind it", () => {
  const reader = new LineReader();
  const long = "x".repeat(10_000);
  expect(reader.read(`a\n${long}`)).toEqual(["a"]);
  for (let piece = 0; piece < 5; piece++) expect(reader.read(long)).toEqual([]);
  expect(reader.read("end\nb\n")).toEqual(["b"]);
  expect(reader.read(`${long}${long}\nc\n`)).toEqual(["c"]);
});

it("does not care how the text is cut", () =>
  fc.assert(
    fc.property(fc.array(fc.string({ unit: fc.constantFrom("a", "b", "\n"), maxLength: 12 })), (pieces) => {
      const reader = new LineReader();
      const whole = new LineReader();
      expect(pieces.flatMap((piece) => reader.read(piece))).toEqual(whole.read(pieces.join("")));
    }),
  ));
