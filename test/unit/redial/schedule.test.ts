import fc from "fast-check";
import { expect, it } from "vitest";
import {
  backOff,
  type DialRecord,
  dialStep,
  type Line,
  newRecord,
  type Sight,
  REDIAL_TIMES as T,
} from "../../../lib/redial/schedule.ts";

const NEW = newRecord(0);
const see = (line: Line, how: Partial<Sight> = {}): Sight => ({ line, wanted: true, dial: "none", ...how });
const even = (record: DialRecord, sight: Sight, now: number) => dialStep(record, sight, now, 0.5);

/** The record of a line whose dial was begun at 10 s. */
const DIALLING = even(NEW, see("dead"), 10_000).record;

it("gives whoever brings lines up at boot a moment", () => {
  expect(even(NEW, see("dead"), 0)).toMatchObject({ action: null, lookAt: T.first });
});

it("dials a dead line", () => {
  expect(even(NEW, see("dead"), T.first)).toMatchObject({
    action: { kind: "dial" },
    record: { dials: 1, dialSince: T.first, notBefore: 2 * T.first },
  });
});

it("leaves a line alone that was switched off by hand", () => {
  expect(even(NEW, see("dead", { wanted: false }), 10_000)).toMatchObject({ action: null, lookAt: null });
});

it("dials at once what is switched on again, whatever failed before", () => {
  const failed = { ...NEW, dials: 7, notBefore: 400_000 };
  const off = even(failed, see("dead", { wanted: false }), 100_000);
  expect(even(off.record, see("dead"), 101_000)).toMatchObject({
    action: { kind: "dial" },
    record: { dials: 1 },
  });
});

it("leaves a line alone that somebody else dials, and looks again", () => {
  expect(even(NEW, see("busy"), 10_000)).toMatchObject({ action: null, lookAt: 10_000 + T.poll });
});

it("never dials beside its own dial", () => {
  const { action, lookAt } = even(DIALLING, see("dead", { dial: "running" }), 60_000);
  expect({ action, lookAt }).toEqual({ action: null, lookAt: 10_000 + T.hang });
});

it("ends a dial that hangs, and kills it if it does not end", () => {
  const first = even(DIALLING, see("dead", { dial: "running" }), 10_000 + T.hang);
  expect(first).toMatchObject({ action: { kind: "end", force: false }, lookAt: 10_000 + T.hang + T.grace });
  const waiting = even(first.record, see("dead", { dial: "running" }), 10_000 + T.hang + 1);
  expect(waiting.action).toBeNull();
  const second = even(waiting.record, see("dead", { dial: "running" }), 10_000 + T.hang + T.grace);
  expect(second.action).toEqual({ kind: "end", force: true });
});

it("lets a dial run for hours that carries the line", () => {
  const up = even(DIALLING, see("alive", { dial: "running" }), 20_000);
  const later = even(up.record, see("alive", { dial: "running" }), 90_000_000);
  expect([up.action, later.action]).toEqual([null, null]);
});

it("gives a dial that carried the line time to bring it back", () => {
  const up = even(DIALLING, see("alive", { dial: "running" }), 20_000);
  const lost = even(up.record, see("dead", { dial: "running" }), 90_000_000);
  expect(lost).toMatchObject({ action: null, lookAt: 90_000_000 + T.hang });
  expect(even(lost.record, see("dead", { dial: "running" }), 90_000_000 + T.hang).action).toEqual({
    kind: "end",
    force: false,
  });
});

it("dials again at once when a dial that carried a settled line ends", () => {
  const up = even(DIALLING, see("alive", { dial: "running" }), 20_000);
  const ended = even(up.record, see("dead", { dial: { status: 0 } }), 90_000_000);
  expect(ended).toMatchObject({ action: { kind: "dial" }, record: { dials: 1 } });
});

it("gives what a dial left behind a moment", () => {
  const done = even(DIALLING, see("dead", { dial: { status: 0 } }), 11_000);
  expect(done).toMatchObject({ action: null, lookAt: 11_000 + T.behind });
});

it("waits no longer than its turn behind a dial that failed", () => {
  const failed = even(DIALLING, see("dead", { dial: { status: 1 } }), 11_000);
  expect(failed).toMatchObject({ action: null, lookAt: DIALLING.notBefore });
  expect(even(failed.record, see("dead"), DIALLING.notBefore).action).toEqual({ kind: "dial" });
});

it("gives a session that is coming up its time, and no more", () => {
  const coming = even(NEW, see("coming"), 10_000);
  expect(coming).toMatchObject({ action: null, lookAt: 10_000 + T.patience });
  expect(even(coming.record, see("coming"), 9_999 + T.patience).action).toBeNull();
  expect(even(coming.record, see("coming"), 10_000 + T.patience).action).toEqual({ kind: "dial" });
});

it("goes on waiting longer while a line does not stay", () => {
  const short = even(DIALLING, see("alive", { dial: { status: 0 } }), 12_000);
  const lost = even(short.record, see("dead"), 13_000);
  expect(lost).toMatchObject({ action: null, lookAt: DIALLING.notBefore });
  expect(even(lost.record, see("dead"), 20_000).record.dials).toBe(2);
});

it("forgets its failures once a line has settled", () => {
  const up = even(
    { ...DIALLING, dials: 9, notBefore: 400_000 },
    see("alive", { dial: { status: 0 } }),
    12_000,
  );
  expect(up.lookAt).toBe(12_000 + T.settled);
  const settled = even(up.record, see("alive"), 12_000 + T.settled);
  expect(settled).toMatchObject({ record: { dials: 0 }, lookAt: null });
  expect(even(settled.record, see("dead"), 12_001 + T.settled).action).toEqual({ kind: "dial" });
});

it("waits 5 s at first and 5 min at most, whatever chance says", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -5, max: 5000 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (dials, chance) => {
        const wait = backOff(dials, chance);
        expect(wait).toBeGreaterThanOrEqual(T.first);
        expect(wait).toBeLessThanOrEqual(T.longest);
        expect(backOff(dials + 1, chance)).toBeGreaterThanOrEqual(wait);
      },
    ),
  );
});

const aSight: fc.Arbitrary<{ line: Line; wanted: boolean; ends: number | null | false; pause: number }> =
  fc.record({
    line: fc.constantFrom<Line[]>("alive", "busy", "coming", "dead", "dead"),
    wanted: fc.boolean(),
    /** Whether a dial that runs has ended, and how. */
    ends: fc.constantFrom<(number | null | false)[]>(false, false, 0, 1, null),
    pause: fc.integer({ min: 0, max: 100_000 }),
  });

it("never dials what is alive, busy, unwanted or being dialled, nor sooner than the back-off says", () => {
  fc.assert(
    fc.property(
      fc.array(aSight, { maxLength: 60 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (sights, chance) => {
        let record = NEW;
        let now = 0;
        let running = false;
        let last: { at: number; dials: number } | null = null;
        for (const { line, wanted, ends, pause } of sights) {
          now += pause;
          const dial: Sight["dial"] = !running ? "none" : ends === false ? "running" : { status: ends };
          const step = dialStep(record, { line, wanted, dial }, now, chance);
          record = step.record;
          if (dial !== "running") running = false;
          if (step.action?.kind === "end") expect(running).toBe(true);
          if (step.action?.kind !== "dial") continue;
          expect(running).toBe(false);
          expect(wanted).toBe(true);
          expect(["dead", "coming"]).toContain(line);
          if (last !== null && record.dials > 1)
            expect(now - last.at).toBeGreaterThanOrEqual(backOff(last.dials, chance));
          running = true;
          last = { at: now, dials: record.dials };
        }
      },
    ),
  );
});

it("comes to dial whatever happened before, if the line stays dead and it looks when it said it would", () => {
  fc.assert(
    fc.property(fc.array(aSight, { maxLength: 40 }), (sights) => {
      let record = NEW;
      let now = 0;
      let running = false;
      for (const { line, wanted, ends, pause } of sights) {
        now += pause;
        const dial: Sight["dial"] = !running ? "none" : ends === false ? "running" : { status: ends };
        const step = dialStep(record, { line, wanted, dial }, now, 0.5);
        record = step.record;
        running = dial === "running" || step.action?.kind === "dial";
      }
      const until = now + T.longest + T.hang + 2 * T.grace;
      let killed = false;
      while (now <= until) {
        const dial: Sight["dial"] = !running ? "none" : killed ? { status: null } : "running";
        const step = dialStep(record, { line: "dead", wanted: true, dial }, now, 0.5);
        record = step.record;
        if (killed) running = false;
        if (step.action?.kind === "dial") return;
        killed = step.action?.kind === "end" && step.action.force;
        now = killed ? now + 1 : (step.lookAt ?? Number.POSITIVE_INFINITY);
      }
      expect(now).toBeLessThanOrEqual(until);
    }),
  );
});
