import { describe, expect, it } from "vitest";
import { clockText, UTC } from "../../../lib/terminal/clock.ts";
import { layOut } from "../../../lib/terminal/table.ts";

const COLUMNS = [
  { title: "name", cell: ([name = ""]: readonly string[]) => name },
  { title: "n", cell: ([, number = ""]: readonly string[]) => number, right: true },
];

describe("text in columns", () => {
  it("numbers at the right", () =>
    expect(
      layOut(COLUMNS, [
        ["a", "5"],
        ["longer", "1000"],
      ]),
    ).toEqual(["name       n", "a          5", "longer  1000"]));
  it("no rows", () => expect(layOut(COLUMNS, [])).toEqual(["name  n"]));
  it("nothing at the end of a line", () =>
    expect(layOut(COLUMNS.slice(0, 1), [["a"]])).toEqual(["name", "a"]));
});

describe("a time for people", () => {
  const at = Date.parse("2026-02-03T23:05:06.789Z");
  it("in UTC", () => expect(clockText(at, UTC)).toBe("2026-02-03 23:05:06"));
  it("further east", () => expect(clockText(at, () => 90)).toBe("2026-02-04 00:35:06"));
});
