import { expect, it } from "vitest";
import { nextWait } from "../../../lib/follow/back-off.ts";

const TIMES = { first: 100, longest: 1000, settled: 5000 };

it.each([
  ["the first end", 0, 10, 100],
  ["twice as long each time", 100, 10, 200],
  ["up to a bound", 800, 10, 1000],
  ["which it keeps", 1000, 10, 1000],
  ["who ran for long begins anew", 1000, 5000, 100],
])("%s", (_, before, lived, expected) => expect(nextWait(before, lived, TIMES)).toBe(expected));
