import fc from "fast-check";
import { expect, it } from "vitest";
import { hurriedInterval } from "../../../lib/health/pace.ts";
import { type Agenda, answered, newAgenda, nextAt, sent, step } from "../../../lib/probe/agenda.ts";
import { aCheck } from "./support.ts";

/** Of whose intervals so many pass. */
const ROUNDS = 8;
const RUNS = { numRuns: 50 };

interface World {
  readonly interval: number;
  readonly timeout: number;
  readonly count: number;
  readonly overdue: number | null;
  /** Round trips, in turn; null: no answer. */
  readonly trips: readonly (number | null)[];
}

const worlds = fc
  .record({
    interval: fc.integer({ min: 100, max: 3000 }),
    rounds: fc.integer({ min: 1, max: 100 }),
    count: fc.integer({ min: 1, max: 4 }),
    overdue: fc.option(fc.integer({ min: 50, max: 500 })),
    trips: fc.array(fc.option(fc.integer({ min: 1, max: 4000 })), { minLength: 1, maxLength: 20 }),
  })
  .map(({ rounds, ...rest }): World => ({ ...rest, timeout: Math.max(50, (rest.interval * rounds) / 10) }));

interface Told {
  readonly sends: { target: string; at: number; extra: boolean; trip: number | null }[];
  readonly answers: { target: string; sentAt: number; at: number }[];
  readonly losses: { target: string; sentAt: number; at: number }[];
}

/** The clock going from one event to the next. */
function play({ interval, timeout, count, overdue, trips }: World): Told {
  const check = aCheck({ interval, timeout });
  let agenda: Agenda = newAgenda(
    check,
    Array.from({ length: count }, (_, place) => `t${place}`),
    0,
  );
  const told: Told = { sends: [], answers: [], losses: [] };
  const coming: { target: string; sentAt: number; at: number }[] = [];
  for (let now = 0; now <= ROUNDS * interval; ) {
    const arrived = coming.filter(({ at }) => at <= now);
    for (const answer of arrived) {
      coming.splice(coming.indexOf(answer), 1);
      agenda = answered(agenda, answer.target, answer.sentAt).agenda;
      told.answers.push(answer);
    }
    const done = step(agenda, now, overdue);
    agenda = done.agenda;
    for (const { target, sentAt } of done.lost) told.losses.push({ target, sentAt, at: now });
    for (const { target, extra } of done.ask) {
      const trip = trips[told.sends.length % trips.length] ?? null;
      agenda = sent(agenda, { target, sentAt: now, extra });
      told.sends.push({ target, at: now, extra, trip });
      if (trip !== null) coming.push({ target, sentAt: now, at: now + trip });
    }
    const next = Math.min(nextAt(agenda, overdue), ...coming.map(({ at }) => at));
    if (next <= now) throw new Error(`time stands still at ${now}`);
    now = next;
  }
  return told;
}

it("every probe that is not answered in time is told lost at its deadline, and no other", () =>
  fc.assert(
    fc.property(worlds, (world) => {
      const { sends, losses } = play(world);
      const due = sends
        .filter(({ trip }) => trip === null || trip > world.timeout)
        .map(({ target, at }) => ({ target, sentAt: at, at: at + world.timeout }))
        .filter(({ at }) => at <= ROUNDS * world.interval);
      const order = (list: Told["losses"]) =>
        list.map(({ target, sentAt, at }) => `${at} ${sentAt} ${target}`).sort();
      expect(order(losses)).toEqual(order(due));
    }),
    RUNS,
  ));

it("each target is asked each interval, whatever becomes of the others", () =>
  fc.assert(
    fc.property(worlds, (world) => {
      const { sends } = play(world);
      for (let place = 0; place < world.count; place++) {
        const usual = sends.filter(({ target, extra }) => target === `t${place}` && !extra);
        const first = (world.interval * place) / world.count;
        const late = usual.map(({ at }, round) => Math.abs(at - first - round * world.interval));
        expect(usual.length).toBeGreaterThanOrEqual(ROUNDS);
        expect(Math.max(...late)).toBeLessThan(1e-3);
      }
    }),
    RUNS,
  ));

it("extra probes go out only while an answer is overdue, and no closer than they may", () =>
  fc.assert(
    fc.property(worlds, (world) => {
      const { sends, answers } = play(world);
      const extra = sends.filter((send) => send.extra);
      if (world.overdue === null) expect(extra).toEqual([]);
      const early = extra.filter(({ at }, place) => {
        const heard = Math.max(0, ...answers.filter((answer) => answer.at <= at).map((answer) => answer.at));
        const first = sends.find((send) => send.at >= heard)?.at ?? at;
        const before = extra[place - 1]?.at ?? Number.NEGATIVE_INFINITY;
        const tooSoon = first > at - (world.overdue ?? 0) + 1e-6;
        const tooClose = heard <= before && at - before < hurriedInterval(aCheck(world)) - 1e-6;
        return tooSoon || tooClose;
      });
      expect(early).toEqual([]);
    }),
    RUNS,
  ));
