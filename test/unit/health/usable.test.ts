import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Verdict } from "../../../lib/health/health.ts";
import { type Use, usable } from "../../../lib/health/usable.ts";

describe("how far uplinks are used", () => {
  const uses = (
    title: string,
    verdicts: Record<string, Verdict | null>,
    last: string[],
    expected: Record<string, Use>,
  ) => it(title, () => expect(usable(verdicts, last)).toEqual(expected));

  uses("up and not checked", { a: "up", b: null }, [], { a: "full", b: "full" });
  uses("a check that cannot run says nothing", { a: "unknown", b: "up" }, ["b"], { a: "full", b: "full" });
  uses("down is not used", { a: "down", b: "up" }, ["a"], { a: "none", b: "full" });
  uses("degraded is in reserve", { a: "degraded", b: "up" }, ["a"], { a: "reserve", b: "full" });
  uses("also alone", { a: "degraded", b: "down" }, ["a"], { a: "reserve", b: "none" });
  uses("what is used is not left while it is looked at", { a: "checking", b: "up" }, ["a"], {
    a: "full",
    b: "full",
  });
  uses("a new one is not taken before it answered", { a: "checking", b: "up" }, ["b"], {
    a: "none",
    b: "full",
  });
  uses("nor before one that is degraded", { a: "checking", b: "degraded" }, ["b"], {
    a: "none",
    b: "reserve",
  });
  uses("all down: the last good one is kept", { a: "down", b: "down" }, ["b"], { a: "none", b: "reserve" });
  uses("both of a balanced tier", { a: "down", b: "down", c: "down" }, ["a", "b"], {
    a: "reserve",
    b: "reserve",
    c: "none",
  });
  uses("one that answers again comes before the last good one", { a: "checking", b: "down" }, ["b"], {
    a: "reserve",
    b: "none",
  });
  uses("nothing was chosen yet", { a: "down", b: "down" }, [], { a: "reserve", b: "reserve" });
  uses("the last choice is gone", { a: "down", b: "down" }, ["c"], { a: "reserve", b: "reserve" });
  uses("nothing works", {}, ["a"], {});
});

const verdict = fc.constantFrom<Verdict | null>("up", "checking", "degraded", "down", "unknown", null);
const world = fc.tuple(
  fc.dictionary(fc.constantFrom("a", "b", "c", "d"), verdict),
  fc.subarray(["a", "b", "c", "e"]),
);

describe("whatever the verdicts", () => {
  it("every candidate has a use, and never all of them none", () =>
    fc.assert(
      fc.property(world, ([verdicts, last]) => {
        const uses = usable(verdicts, last);
        expect(Object.keys(uses).sort()).toEqual(Object.keys(verdicts).sort());
        const all = Object.values(uses);
        expect(all.length === 0 || all.some((use) => use !== "none")).toBe(true);
      }),
    ));
  it("one that is down is used only when all are down or being checked", () =>
    fc.assert(
      fc.property(world, ([verdicts, last]) => {
        const uses = usable(verdicts, last);
        const downUsed = Object.entries(verdicts).some(
          ([name, one]) => one === "down" && uses[name] !== "none",
        );
        if (downUsed) expect(Object.values(verdicts).every((one) => one === "down")).toBe(true);
      }),
    ));
});
