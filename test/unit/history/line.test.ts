import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type EventLine, formatLine, parseChoice, parseLine } from "../../../lib/history/line.ts";

const LINE: EventLine = { trigger: "ifplugd eth0 down", differences: [], changes: 4, took: 12 };

describe("the line of an event", () => {
  it.each<[string, Partial<EventLine>, string]>([
    ["changes", {}, "ifplugd eth0 down: 4 changes in 12 ms"],
    ["one", { changes: 1, took: null }, "ifplugd eth0 down: 1 change"],
    ["none", { changes: 0, took: null }, "ifplugd eth0 down: nothing to do"],
    [
      "differences",
      { differences: ["choice a -> b: a down: no carrier on eth0", "c up 192.0.2.1 on ppp0"] },
      "ifplugd eth0 down: choice a -> b: a down: no carrier on eth0; c up 192.0.2.1 on ppp0: 4 changes in 12 ms",
    ],
  ])("%s", (_, how, text) => {
    const line = { ...LINE, ...how };
    expect(formatLine(line)).toBe(text);
    expect(parseLine(text)).toEqual(line);
  });
  it.each(["ip route replace default: exit 2: no", "4 changes", "", ": 4 changes"])("%j is none", (text) =>
    expect(parseLine(text)).toBeNull(),
  );
  it("is read as it was written", () => {
    const word = fc.string().map((text) => `x ${text.replaceAll(";", "")}`.trim());
    const line = fc.record({
      trigger: fc.string({ minLength: 1 }).filter((text) => !text.includes(":")),
      differences: fc.array(word, { maxLength: 3 }),
      changes: fc.integer({ min: 1, max: 9 }),
      took: fc.option(fc.nat()),
    });
    fc.assert(
      fc.property(line, (written) => {
        expect(parseLine(formatLine(written))).toEqual(written);
      }),
    );
  });
});

describe("the choice in it", () => {
  it.each([
    ["choice a -> b: a down: x", { from: ["a"], to: ["b"], why: "a down: x" }],
    ["choice none -> a+b-2: y", { from: [], to: ["a", "b-2"], why: "y" }],
  ])("%s", (text, choice) => expect(parseChoice(text)).toEqual(choice));
  it("another difference", () => expect(parseChoice("a down: no")).toBeNull());
});
