import fc from "fast-check";
import { expect, it } from "vitest";
import type { Cause } from "../../../lib/follow/cause.ts";
import { DELAYS } from "../../../lib/follow/cause.ts";
import { begin, end, LOOKS, newPace, nextAt, told } from "../../../lib/follow/pace.ts";

const RUNS = { numRuns: 60 };

const CAUSES = Object.keys(DELAYS) as Cause[];

interface Event {
  /** Behind the one before. */
  readonly gap: number;
  readonly cause: Cause;
}

const events = fc.array(
  fc.record({
    gap: fc.oneof(fc.nat({ max: 5 }), fc.nat({ max: 400 }), fc.nat({ max: 40_000 })),
    cause: fc.constantFrom(...CAUSES),
  }),
  { maxLength: 80 },
);

interface Look {
  readonly began: number;
  readonly ended: number;
  readonly causes: ReadonlySet<Cause>;
}

/** Lets time pass: every look begins when it is due, takes `takes` ms, and changes something if `changing`. */
function play(
  script: readonly Event[],
  takes: number,
  changing: boolean,
): { woken: [Cause, number][]; looks: Look[] } {
  const woken: [Cause, number][] = [];
  const looks: Look[] = [];
  let pace = newPace(0);
  let running: { began: number; causes: ReadonlySet<Cause> } | null = null;
  let clock = 0;
  const advance = (until: number) => {
    for (;;) {
      const due = running === null ? nextAt(pace) : running.began + takes;
      if (due === null || due > until) return;
      // What fell due while a look ran is due when it has ended.
      clock = Math.max(clock, due);
      const at = clock;
      if (running === null) {
        const begun = begin(pace, at);
        pace = begun.pace;
        running = { began: at, causes: begun.causes };
      } else {
        pace = end(pace, changing ? 1 : 0, at).pace;
        looks.push({ ...running, ended: at });
        running = null;
      }
    }
  };
  let now = 0;
  for (const { gap, cause } of script) {
    now += gap;
    advance(now);
    pace = told(pace, cause, now);
    woken.push([cause, now]);
  }
  advance(now + 10_000_000);
  return { woken, looks };
}

const plays = fc.tuple(events, fc.nat({ max: 300 }), fc.boolean());

it("no wake-up is lost: a look for it begins at or behind it", () =>
  fc.assert(
    fc.property(plays, ([script, takes, changing]) => {
      const { woken, looks } = play(script, takes, changing);
      const forgotten = woken.filter(
        ([cause, at]) => !looks.some(({ began, causes }) => began >= at && causes.has(cause)),
      );
      expect(forgotten).toEqual([]);
    }),
    RUNS,
  ));

it("looks never overlap, and none is for nothing", () =>
  fc.assert(
    fc.property(plays, ([script, takes, changing]) => {
      const { looks } = play(script, takes, changing);
      expect(looks.slice(1).filter((look, place) => look.began < (looks[place]?.ended ?? 0))).toEqual([]);
      expect(looks.every(({ causes }) => causes.size > 0)).toBe(true);
    }),
    RUNS,
  ));

it("never more looks than the rate allows, in whatever stretch of time", () =>
  fc.assert(
    fc.property(plays, ([script, takes, changing]) => {
      const { looks } = play(script, takes, changing);
      const tooMany = looks.flatMap(({ began }, first) =>
        looks.slice(first).filter((look, count) => {
          return count + 1 > LOOKS.burst + (look.began - began) / LOOKS.every + 1e-6;
        }),
      );
      expect(tooMany).toEqual([]);
    }),
    RUNS,
  ));

it("what is not ours alone waits for the ration at most, never for a fight", () =>
  fc.assert(
    fc.property(plays, ([script, takes, changing]) => {
      const { woken, looks } = play(script, takes, changing);
      const heldUp = woken.filter(([cause, at]) => {
        if (["route", "rule", "filter"].includes(cause)) return false;
        const next = looks.find(({ began, causes }) => began >= at && causes.has(cause))?.began ?? Infinity;
        // The look that runs may have to end first.
        return next - at > takes + DELAYS[cause].longest + LOOKS.every + 1e-6;
      });
      expect(heldUp).toEqual([]);
    }),
    RUNS,
  ));
