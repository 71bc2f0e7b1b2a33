import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Check } from "../../lib/config/types.ts";
import type { Verdict } from "../../lib/health/health.ts";
import {
  elapsed,
  familyHealth,
  type Health,
  heard,
  newHealth,
  restarted,
  type Transition,
  transition,
} from "../../lib/health/machine.ts";
import { dwell, longestProbation } from "../../lib/health/patience.ts";
import type { ProbeResult } from "../../lib/health/probe-result.ts";
import { aCheck, chance, Simulation } from "../unit/health/simulation.ts";

/** What may happen to a line: a probe ends, time passes, or it comes anew. */
interface Step {
  readonly what: "answered" | "lost" | "cannot-run" | "nothing" | "restarted";
  /** Milliseconds since the step before. */
  readonly after: number;
  readonly place: number;
  /** Round trip of an answer; how long ago any other probe was sent. */
  readonly trip: number;
  readonly extra: boolean;
}

const check: fc.Arbitrary<Check> = fc
  .record({
    count: fc.integer({ min: 1, max: 3 }),
    quorum: fc.integer({ min: 1, max: 3 }),
    downAfter: fc.integer({ min: 1, max: 5 }),
    upAfter: fc.integer({ min: 1, max: 6 }),
    window: fc.integer({ min: 5, max: 30 }),
    maxLoss: fc.constantFrom(null, 0.1, 0.3),
    maxLatency: fc.constantFrom(null, 300),
    downLoss: fc.constantFrom(null, 0.5),
    downLatency: fc.constantFrom(null, 900),
  })
  .map(({ count, quorum, ...how }) => aCheck({ ...how, quorum: Math.min(quorum, count) }, count));

/** Runs of one kind are what makes verdicts change. */
const steps = (kinds: readonly Step["what"][], longest = 1500): fc.Arbitrary<Step[]> =>
  fc
    .array(
      fc.tuple(
        fc.constantFrom(...kinds),
        fc.integer({ min: 1, max: 30 }),
        fc.record({
          after: fc.constantFrom(0, 100, 500, 1000, 1000, 1000, 7000),
          place: fc.nat({ max: 2 }),
          trip: fc.integer({ min: 1, max: longest }),
          extra: fc.constantFrom(false, false, false, true),
        }),
      ),
      { maxLength: 12 },
    )
    .map((runs) =>
      runs.flatMap(([what, times, how]) => Array.from({ length: times }, () => ({ what, ...how }))),
    );

const anything = steps(["answered", "answered", "lost", "lost", "cannot-run", "nothing", "restarted"]);

/** One step of a history, and what came of it. */
interface Moment {
  readonly step: Step;
  readonly at: number;
  readonly result: ProbeResult | null;
  readonly before: Health;
  readonly after: Health;
  readonly change: Transition | null;
}

function live(given: Check, history: readonly Step[]): Moment[] {
  let health = newHealth(given, 4, 0);
  let now = 0;
  return history.map((step) => {
    now += step.after;
    const before = health;
    const result = resultOf(step, given, now);
    health = next(health, step, result, now);
    return { step, at: now, result, before, after: health, change: transition(before, health) };
  });
}

function resultOf({ what, place, trip, extra }: Step, given: Check, now: number): ProbeResult | null {
  const target = given.targets[place % given.targets.length]?.name ?? "";
  const sentAt = Math.max(0, now - trip);
  if (what === "answered") return { outcome: what, target, sentAt, rtt: trip, extra };
  if (what === "lost") return { outcome: what, target, sentAt, extra };
  return what === "cannot-run" ? { outcome: what, target, sentAt, why: "no program" } : null;
}

function next(health: Health, step: Step, result: ProbeResult | null, now: number): Health {
  if (result !== null) return heard(health, result, now);
  return step.what === "restarted" ? restarted(health, now) : elapsed(health, now);
}

const RANK: Readonly<Record<Verdict, number>> = { down: 0, checking: 1, unknown: 2, degraded: 3, up: 4 };
const rise = ({ from, to }: Transition) => RANK[to] - RANK[from];

/** Moments of a history since its line last came anew before `index`. */
function session(history: readonly Moment[], index: number): readonly Moment[] {
  const begin = history
    .slice(0, index + 1)
    .reduce((last, { step }, place) => (step.what === "restarted" ? place : last), -1);
  return history.slice(begin + 1, index + 1);
}

const holds = (
  given: fc.Arbitrary<Step[]>,
  predicate: (check: Check, history: Moment[]) => void,
  runs = 100,
) =>
  fc.assert(
    fc.property(check, given, (how, history) => predicate(how, live(how, history))),
    { numRuns: runs },
  );

describe("no transition without its threshold", () => {
  it("down for silence: enough losses since the last sign of life, and as many intervals", () =>
    holds(anything, (how, history) => {
      const { quorum, downAfter, interval } = how;
      history.forEach(({ change, at, after }, index) => {
        if (change?.to !== "down" || !change.reason.startsWith("no answer")) return;
        const told = session(history, index);
        const lastHeard = how.targets
          .map(({ name }) => Math.max(-1, ...told.flatMap((one) => (answeredBy(one, name) ? one.at : []))))
          .sort((left, right) => right - left)[quorum - 1];
        const life = lastHeard ?? -1;
        const lost = told.filter(({ result }) => result?.outcome === "lost" && result.sentAt > life);
        expect(lost.length).toBeGreaterThanOrEqual(downAfter);
        expect(at - Math.max(life, after.began)).toBeGreaterThanOrEqual(downAfter * interval);
      });
    }));

  it("down for loss: so much was lost, and the file says that it counts", () =>
    holds(anything, (how, history) => {
      for (const { change, after } of history) {
        if (change?.to !== "down" || !change.reason.startsWith("loss")) continue;
        expect(how.downLoss).not.toBeNull();
        const lost = after.targets.map(
          ({ probes }) => probes.slice(-how.window).filter(({ rtt }) => rtt === null).length,
        );
        expect(Math.max(...lost)).toBeGreaterThan((how.downLoss ?? 1) * how.window);
      }
    }));

  it("up behind a fall: up_after answers in time since then", () =>
    holds(anything, (how, history) => {
      let fell: number | null = null;
      for (const { change, at } of history) {
        if (change?.to === "down") fell = at;
        // It is usable again: what it has to prove from here on is another property.
        if (change?.to === "degraded") fell = null;
        if (change?.to !== "up" || fell === null) continue;
        const since = fell;
        const good = history.filter(
          ({ result, at: then }) =>
            then > since && then <= at && result?.outcome === "answered" && result.rtt <= how.timeout,
        );
        expect(good.length).toBeGreaterThanOrEqual(how.upAfter);
        fell = null;
      }
    }));

  it("up at the beginning: an answer", () =>
    holds(anything, (_, history) => {
      const first = history.find(({ change }) => change?.to === "up");
      if (first === undefined) return;
      const answered = history
        .slice(0, history.indexOf(first) + 1)
        .some(({ result }) => result?.outcome === "answered");
      expect(answered).toBe(true);
    }));
});

const answeredBy = ({ result }: Moment, name: string): boolean =>
  result?.outcome === "answered" && result.target === name;

describe("no flapping", () => {
  it("no verdict becomes better sooner than the dwell after one became worse", () =>
    holds(anything, (how, history) => {
      let worse = Number.NEGATIVE_INFINITY;
      for (const { change, at, step } of history) {
        if (change === null || step.what === "restarted") continue;
        if (rise(change) > 0) expect(at - worse).toBeGreaterThanOrEqual(dwell(how));
        else worse = at;
      }
    }));

  it("a line that dies and returns again and again is left alone for longer and longer", () => {
    const ups = (until: number) =>
      new Simulation(aCheck({}, 2), (now) => (now % 30_000 < 12_000 ? null : 20))
        .runTo(until)
        .transitions.filter(({ to }) => to === "up").length;
    expect(ups(300_000)).toBeLessThan(8);
    expect(ups(3_600_000)).toBeLessThan(30);
  });
});

describe("recovery is always found", () => {
  it("whatever happened, a line that answers again is up in bounded time", () =>
    holds(
      anything,
      (how, history) => {
        const last = history.at(-1);
        let health = last?.after ?? newHealth(how, 4, 0);
        const begin = last?.at ?? 0;
        const bound = longestProbation(how) + 2 * dwell(how) + 2 * (how.window + how.upAfter) * how.interval;
        for (let now = begin + 1000; now <= begin + bound + 1000; now += how.interval) {
          for (const { name } of how.targets) {
            health = heard(health, { outcome: "answered", target: name, sentAt: now - 20, rtt: 20 }, now);
          }
        }
        expect(health.verdict).toBe("up");
        expect(health.reason).toBe("");
      },
      25,
    ));
});

describe("what is not known", () => {
  it("does not become up without an answer", () =>
    holds(steps(["answered", "lost", "cannot-run"]), (how, history) => {
      let health = history.at(-1)?.after ?? newHealth(how, 4, 0);
      let now = history.at(-1)?.at ?? 0;
      // Whatever was owed to the last answers has come by then.
      now += longestProbation(how) + dwell(how);
      health = elapsed(health, now);
      for (let time = 0; time < 200; time++) {
        now += 700;
        const before = health;
        const target = how.targets[time % how.targets.length]?.name ?? "";
        health =
          time % 3 === 0
            ? elapsed(health, now)
            : heard(health, { outcome: "cannot-run", target, sentAt: now, why: "no program" }, now);
        expect([before.verdict, "unknown", "down"]).toContain(health.verdict);
      }
      expect(["unknown", "down"]).toContain(health.verdict);
    }));

  it("a line that is down is not called better because its check stopped", () =>
    holds(steps(["lost", "cannot-run", "nothing"]), (_, history) => {
      const down = history.findIndex(({ after }) => after.verdict === "down");
      for (const { after } of down < 0 ? [] : history.slice(down)) expect(after.verdict).toBe("down");
    }));
});

it("an answer in time never makes a verdict worse than a loss in its place", () =>
  holds(steps(["answered", "lost", "cannot-run", "nothing"], 200), (how, history) => {
    const last = history.at(-1);
    const health = last?.after ?? newHealth(how, 4, 0);
    const now = (last?.at ?? 0) + 1000;
    for (const { name } of how.targets) {
      const probe = { target: name, sentAt: now - 20 };
      const answered = heard(health, { outcome: "answered", ...probe, rtt: 20 }, now);
      const lost = heard(health, { outcome: "lost", ...probe }, now);
      expect(RANK[answered.verdict]).toBeGreaterThanOrEqual(RANK[lost.verdict]);
    }
  }));

it("what is kept is bounded", () =>
  holds(
    fc.array(anything, { minLength: 5, maxLength: 8 }).map((parts) => parts.flat()),
    (how, history) => {
      for (const { after } of history) {
        for (const { probes, lost } of after.targets) {
          const underWay = Math.ceil(how.timeout / how.interval);
          expect(probes.length).toBeLessThanOrEqual(Math.max(how.window + underWay, how.upAfter));
          expect(lost.length).toBeLessThanOrEqual(3 * how.downAfter);
        }
        expect(after.slots.length).toBeLessThanOrEqual(60);
        const { loss, latency, recent, since } = familyHealth(after, 1000);
        expect(loss === null || (loss >= 0 && loss <= 1)).toBe(true);
        expect(latency === null || latency > 0).toBe(true);
        expect(recent.length).toBeLessThanOrEqual(60);
        expect(since).toBeGreaterThanOrEqual(1000);
      }
    },
    15,
  ));

describe("a line that dies silently", () => {
  const found = (how: Check, trip: number, death: number) => {
    const line = (now: number) => (now + trip <= death ? trip : null);
    const { transitions } = new Simulation(how, line).runTo(death + 60_000);
    const down = transitions.filter(({ to }) => to === "down");
    expect(down).toHaveLength(1);
    return (down[0]?.at ?? Number.POSITIVE_INFINITY) - death;
  };
  const moment = fc.integer({ min: 30_000, max: 33_000 });
  const trip = fc.integer({ min: 1, max: 800 });

  it("is found within 3 s at the defaults, whenever it dies and however many targets there are", () =>
    fc.assert(
      fc.property(moment, trip, fc.integer({ min: 1, max: 3 }), (death, rtt, targets) => {
        expect(found(aCheck({}, targets), rtt, death)).toBeLessThanOrEqual(3000);
      }),
      { numRuns: 25 },
    ));
  it("is found within 1 s with an interval of 200 ms and a timeout of 400 ms", () =>
    fc.assert(
      fc.property(
        moment,
        fc.integer({ min: 1, max: 350 }),
        fc.integer({ min: 1, max: 3 }),
        (death, rtt, targets) => {
          expect(found(aCheck({ interval: 200, timeout: 400 }, targets), rtt, death)).toBeLessThanOrEqual(
            1000,
          );
        },
      ),
      { numRuns: 25 },
    ));
});

describe("a line that lives is not called dead", () => {
  const falls = (how: Check, line: (now: number, random: () => number) => number | null, minutes = 10) =>
    [1, 2, 3].flatMap((seed) => {
      const random = chance(seed);
      const { transitions } = new Simulation(how, (now) => line(now, random)).runTo(minutes * 60_000);
      return transitions.filter(({ to }) => to === "down");
    });

  it("though it loses 30 %", () =>
    expect(falls(aCheck({}, 2), (_, random) => (random() < 0.3 ? null : 20 + 30 * random()))).toEqual([]));
  it("with one target alone", () =>
    expect(falls(aCheck(), (_, random) => (random() < 0.3 ? null : 20 + 30 * random()))).toEqual([]));
  it("though a queue of two seconds builds up at once", () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 30_000, max: 31_000 }),
        fc.integer({ min: 1, max: 3 }),
        (begin, targets) => {
          const line = (now: number) => (now < begin ? 20 : 2000);
          const { transitions, health } = new Simulation(aCheck({}, targets), line).runTo(120_000);
          expect(transitions.map(({ to }) => to)).toEqual(["up", "degraded"]);
          expect(health.reason).toMatch(/^latency \d+ ms, more than timeout 1000 ms$/);
        },
      ),
      { numRuns: 25 },
    ));
  it("though it is saturated: seconds of delay, and losses", () =>
    expect(
      falls(aCheck({}, 2), (now, random) =>
        now < 30_000 ? 20 : random() < 0.2 ? null : 200 + 1800 * random(),
      ),
    ).toEqual([]));
});
