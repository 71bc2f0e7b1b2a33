import { describe, expect, it } from "vitest";
import type { Check } from "../../../lib/config/types.ts";
import type { FamilyHealth } from "../../../lib/health/health.ts";
import {
  elapsed,
  familyHealth,
  type Health,
  heard,
  isOf,
  newHealth,
  restarted,
  resumed,
  targetsFor,
  transition,
  wakeAt,
} from "../../../lib/health/machine.ts";
import { aCheck, type Line, Simulation } from "./simulation.ts";

/** Each transition of a line over some seconds, as `3 up down: reason`. */
const story = (how: Partial<Check>, line: Line, end: number, targets = 2) =>
  new Simulation(aCheck(how, targets), line)
    .runTo(end * 1000)
    .transitions.map(({ at, from, to, reason }) => `${at / 1000} ${from} ${to}${reason && `: ${reason}`}`);

/** Answers in 20 ms, but not from one second to another. */
const outage =
  (begin: number, end: number): Line =>
  (now) =>
    now >= begin * 1000 && now < end * 1000 ? null : 20;

const AGAIN = "answers again; up after 5 answers in a row";

describe("a line", () => {
  const tells = (title: string, expected: readonly string[], ...given: Parameters<typeof story>) =>
    it(title, () => expect(story(...given)).toEqual(expected));

  tells("that works is up with the first answer", ["0.02 checking up"], {}, () => 20, 60);
  tells(
    "that dies is down after three intervals, and up after five answers",
    [
      "0.02 checking up",
      "32.52 up down: no answer from a, b for 3 s",
      "60.02 down checking: answers again; up after 5 answers in a row",
      "64.02 checking up",
    ],
    {},
    outage(30, 60),
    100,
  );
  tells(
    "that returns soon is up when the dwell is over",
    ["0.02 checking up", "32.52 up down: no answer from a, b for 3 s", "42.52 down up"],
    {},
    outage(30, 34),
    100,
  );
  tells(
    "that loses a packet or two stays up",
    ["0.02 checking up"],
    {},
    (now) => (now % 10_000 > 4000 && now % 10_000 < 5500 ? null : 20),
    100,
  );
  tells(
    "that is dead from the beginning",
    [
      "3 checking down: no answer from a, b for 3 s",
      "20.02 down checking: answers again; up after 5 answers in a row",
      "24.02 checking up",
    ],
    {},
    outage(0, 20),
    60,
  );
  tells(
    "that falls again soon has to prove itself for longer",
    [
      "0.02 checking up",
      "32.52 up down: no answer from a, b for 3 s",
      `45.02 down checking: ${AGAIN}`,
      "49.02 checking up",
      "62.52 up down: no answer from a, b for 3 s",
      `75.02 down checking: ${AGAIN}, and after 10 s without failing, since it failed often`,
      "85.02 checking up",
    ],
    {},
    (now) => (now < 80_000 && now % 30_000 < 15_000 && now >= 30_000 ? null : 20),
    120,
  );
  tells(
    "that falls on probation begins anew",
    [
      "0.02 checking up",
      "32.52 up down: no answer from a, b for 3 s",
      `50.02 down checking: ${AGAIN}`,
      "54.52 checking down: no answer from a, b for 3 s",
      `70.02 down checking: ${AGAIN}`,
      "74.02 checking up",
    ],
    {},
    (now) => (now >= 30_000 && now < 70_000 && !(now >= 50_000 && now < 52_000) ? null : 20),
    100,
  );
  tells(
    "one of whose targets is dead is up",
    ["0.02 checking up"],
    {},
    (_, target) => (target === "b" ? null : 20),
    300,
  );
  tells(
    "of which two targets are wanted is down without them",
    ["0.62 checking up", "33.1 up down: no answer from b, c for 3.7 s"],
    { quorum: 2, interval: 900 },
    (now, target) => (target === "b" || (target === "c" && now > 30_000) ? null : 20),
    60,
    3,
  );
});

describe("loss and latency", () => {
  const slow: Line = (now) => (now >= 30_000 && now < 90_000 ? 600 : 20);
  it("latency above max_latency degrades, well below it is up again", () =>
    expect(story({ maxLatency: 400 }, slow, 150)).toEqual([
      "0.02 checking up",
      "41.1 up degraded: latency 600 ms, more than max_latency 400 ms",
      expect.stringMatching(/^(99|100)\.\d* degraded up$/),
    ]));
  it("latency above down_latency is down", () =>
    expect(story({ maxLatency: 400, downLatency: 500 }, slow, 150)).toEqual([
      "0.02 checking up",
      "41.1 up down: latency 600 ms, more than down_latency 500 ms",
      expect.stringMatching(/^(99|100)\.\d* down up$/),
    ]));
  it("slowness matters only if the file says so", () =>
    expect(story({}, slow, 150)).toEqual(["0.02 checking up"]));
  it("answers that are all late are no death, but degraded", () =>
    expect(story({}, () => 1500, 60)).toEqual([
      "5.5 checking degraded: latency 1500 ms, more than timeout 1000 ms",
    ]));
  it("silence of a line whose answers are late anyway is waited for so much longer", () =>
    expect(story({}, (now) => (now < 60_000 ? 1500 : null), 100, 1)).toEqual([
      "5.5 checking degraded: latency 1500 ms, more than timeout 1000 ms",
      "65 degraded down: no answer from a for 4.5 s",
    ]));
  const lossy: Line = (now) =>
    now >= 30_000 && now < 90_000 && Math.floor(now / 1000) % 3 === 0 ? null : 20;
  it("loss above max_loss degrades, half of it is up again", () =>
    expect(story({ maxLoss: 0.2 }, lossy, 150)).toEqual([
      "0.02 checking up",
      "43.5 up degraded: loss 25 %, more than max_loss 20 %",
      expect.stringMatching(/^10\d\.\d* degraded up$/),
    ]));
  it("loss above down_loss is down", () =>
    expect(story({ downLoss: 0.2 }, lossy, 150)).toEqual([
      "0.02 checking up",
      "43.5 up down: loss 25 %, more than down_loss 20 %",
      expect.stringMatching(/^10\d\.\d* down (up|checking)/),
    ]));
  it("what was lost while it was dead is not held against it", () =>
    expect(story({ maxLoss: 0.1, downLoss: 0.2 }, outage(30, 60), 150)).toEqual([
      "0.02 checking up",
      "32.52 up down: no answer from a, b for 3 s",
      `60.02 down checking: ${AGAIN}`,
      "64.02 checking up",
    ]));
  it("degraded and down at once is one fall", () =>
    expect(story({ maxLoss: 0 }, outage(30, 60), 150)).toEqual([
      "0.02 checking up",
      "31.5 up degraded: loss 5 %, more than max_loss 0 %",
      "32.52 degraded down: no answer from a, b for 3 s",
      `60.02 down checking: ${AGAIN}`,
      "64.02 checking up",
    ]));
  it("loss matters only if the file says so", () =>
    expect(story({}, lossy, 150)).toEqual(["0.02 checking up"]));
});

describe("a check that cannot run", () => {
  it("is unknown until there is an answer", () =>
    expect(story({}, (now) => (now < 20_000 ? "cannot-run" : 20), 60)).toEqual([
      "2.5 checking unknown: the check cannot run: no program",
      "20.02 unknown up",
    ]));
  it("is unknown in the midst of it too", () =>
    expect(story({}, (now) => (now > 30_000 && now < 50_000 ? "cannot-run" : 20), 90)).toEqual([
      "0.02 checking up",
      "33 up unknown: the check cannot run: no program",
      "50.02 unknown up",
    ]));
  it("says what hinders it now, not only what did first", () => {
    const hindered = (health: Health, why: string, from: number) =>
      [0, 1, 2].reduce(
        (last, place) =>
          heard(last, { outcome: "cannot-run", target: "a", sentAt: from + place, why }, from + place),
        health,
      );
    const first = hindered(newHealth(aCheck(), 4, 0), "it was killed", 1);
    const then = hindered(first, "it is not there", 11);
    expect([first, then].map(({ verdict, reason, since }) => `${since} ${verdict}: ${reason}`)).toEqual([
      "3 unknown: the check cannot run: it was killed",
      "3 unknown: the check cannot run: it is not there",
    ]);
  });
  it("leaves a line down that was", () =>
    expect(story({}, (now) => (now > 50_000 ? "cannot-run" : now > 30_000 ? null : 20), 90)).toEqual([
      "0.02 checking up",
      "33.02 up down: no answer from a, b for 3 s",
    ]));
  it("ends a probation", () =>
    expect(
      story(
        { upAfter: 10 },
        (now) => (now > 62_000 ? "cannot-run" : now > 30_000 && now < 60_000 ? null : 20),
        90,
      ),
    ).toEqual([
      "0.02 checking up",
      "33.02 up down: no answer from a, b for 3 s",
      "60.02 down checking: answers again; up after 10 answers in a row",
      "65 checking down: the check cannot run: no program",
    ]));
  it("that tells nothing at all is unknown by the clock alone", () => {
    const up = heard(newHealth(aCheck(), 4, 0), { outcome: "answered", target: "a", sentAt: 0, rtt: 20 }, 20);
    expect(wakeAt(up)).toBe(7020);
    expect(elapsed(up, 7019).verdict).toBe("up");
    expect(elapsed(up, 7020)).toMatchObject({
      verdict: "unknown",
      reason: "the check has told nothing for 7 s",
    });
  });
});

describe("results", () => {
  const begin = newHealth(aCheck({ downAfter: 2 }), 4, 0);
  const answered = (health: Health, sentAt: number, now: number) =>
    heard(health, { outcome: "answered", target: "a", sentAt, rtt: now - sentAt }, now);
  const lost = (health: Health, sentAt: number, now: number, why?: string) =>
    heard(health, { outcome: "lost", target: "a", sentAt, ...(why === undefined ? {} : { why }) }, now);

  it("of somebody else are not its own", () =>
    expect(heard(begin, { outcome: "answered", target: "x", sentAt: 0, rtt: 1 }, 1)).toBe(begin));
  it("told twice count once", () => {
    const once = lost(answered(begin, 0, 20), 1000, 2000);
    expect(lost(lost(once, 1000, 2000), 1000, 3000).verdict).toBe("up");
    expect(lost(lost(once, 2000, 3000), 2000, 3000).verdict).toBe("down");
  });
  it("a wrong answer is named", () => {
    const wrong = "answered 302, expected 204";
    const down = lost(lost(lost(begin, 0, 20, wrong), 1000, 1020, wrong), 2000, 2020, wrong);
    expect(down).toMatchObject({ verdict: "down", reason: `a: ${wrong}` });
  });
  it("a loss before the last sign of life is none against it", () => {
    const alive = answered(begin, 1000, 1020);
    expect(lost(lost(alive, 900, 3000), 950, 3000).verdict).toBe("up");
  });
  it("a late answer makes its loss good", () => {
    const health = answered(lost(answered(begin, 0, 20), 1000, 2000), 1000, 2500);
    expect(familyHealth(health, 0)).toMatchObject({ loss: 0, latency: 760, recent: [20, 1500] });
  });
  it("extra ones are signs of life, but no measurements", () => {
    const health = heard(
      lost(answered(begin, 0, 20), 1000, 2000),
      { outcome: "lost", target: "a", sentAt: 1500, extra: true },
      2500,
    );
    expect(familyHealth(health, 0)).toMatchObject({ loss: 0.5, recent: [20, null] });
    expect(health.verdict).toBe("down");
    const alive = { outcome: "answered", target: "a", sentAt: 1400, rtt: 20, extra: true } as const;
    expect(heard(lost(answered(begin, 0, 20), 1000, 2000), alive, 2010).targets[0]).toMatchObject({
      lost: [],
      heardAt: 2010,
    });
  });
  it("the clock never goes back", () => expect(elapsed(answered(begin, 0, 5000), 10).at).toBe(5000));
});

describe("the times of transitions", () => {
  const check = aCheck();
  const up = heard(newHealth(check, 4, 0), { outcome: "answered", target: "a", sentAt: 0, rtt: 20 }, 20);
  it("one verdict and another", () =>
    expect(transition(newHealth(check, 4, 0), up)).toEqual({
      from: "checking",
      to: "up",
      reason: "",
      at: 20,
    }));
  it("the same verdict", () => expect(transition(up, elapsed(up, 500))).toBeNull());
  it("silence is looked at when it is long enough", () => {
    const quick = { ...check, timeout: 100 };
    let health = heard(newHealth(quick, 4, 0), { outcome: "answered", target: "a", sentAt: 0, rtt: 20 }, 20);
    for (const sentAt of [1000, 1250, 1500]) {
      health = heard(health, { outcome: "lost", target: "a", sentAt, extra: sentAt > 1000 }, sentAt + 100);
    }
    expect([health.verdict, wakeAt(health)]).toEqual(["up", 3020]);
    expect(elapsed(health, 3020).verdict).toBe("down");
  });
});

describe("a line that comes anew", () => {
  const answered = (health: Health, now: number) =>
    heard(health, { outcome: "answered", target: "a", sentAt: now - 20, rtt: 20 }, now);
  const down = new Simulation(aCheck(), outage(30, 1000)).runTo(60_000).health;
  const up = new Simulation(aCheck(), () => 20).runTo(60_000).health;

  it("has to answer once if it was up", () => {
    const anew = restarted(up, 60_500);
    expect(anew).toMatchObject({
      verdict: "checking",
      since: 60_500,
      reason: "waiting for the first answer",
    });
    expect(answered(anew, 60_600).verdict).toBe("up");
  });
  it("has to prove itself if it was down", () => {
    const anew = restarted(down, 60_500);
    expect(anew.verdict).toBe("down");
    expect(answered(anew, 60_600).verdict).toBe("checking");
    const proved = [1, 2, 3, 4, 5].reduce((health, time) => answered(health, 60_600 + time * 1000), anew);
    expect(proved.verdict).toBe("up");
  });
  it("forgets what was asked before", () => {
    const anew = restarted(up, 60_500);
    expect(heard(anew, { outcome: "answered", target: "a", sentAt: 60_400, rtt: 200 }, 60_600).verdict).toBe(
      "checking",
    );
    expect(anew.targets[0]?.probes).toEqual([]);
  });
  it("keeps what is shown", () => expect(familyHealth(restarted(up, 60_500), 0).recent).toHaveLength(60));
});

describe("a watcher that comes anew", () => {
  const before = (verdict: FamilyHealth["verdict"]): FamilyHealth => ({
    verdict,
    reason: "because",
    since: 1_000_000,
    loss: 0.1,
    latency: 20,
    recent: [20, null],
  });
  const anew = (verdict: FamilyHealth["verdict"]) => resumed(aCheck(), 4, 500, before(verdict), 1_200_000);
  const answered = (health: Health) =>
    heard(health, { outcome: "answered", target: "a", sentAt: 600, rtt: 20 }, 620);

  it.each(["up", "degraded", "down"] as const)("%s stays", (verdict) =>
    expect(familyHealth(anew(verdict), 1_200_000)).toEqual({ ...before(verdict), loss: null, latency: null }),
  );
  it.each(["checking", "unknown"] as const)("%s is looked at afresh", (verdict) =>
    expect(anew(verdict)).toMatchObject({ verdict: "checking", since: 500 }),
  );
  it("down is on probation with the first answer, not without", () => {
    expect(elapsed(anew("down"), 5000).verdict).toBe("down");
    expect(answered(anew("down")).verdict).toBe("checking");
  });
  it("up is down when it is disproved", () =>
    expect(
      [1000, 2000, 3000].reduce(
        (health, sentAt) => heard(health, { outcome: "lost", target: "a", sentAt }, sentAt + 1000),
        anew("up"),
      ).verdict,
    ).toBe("down"));
  it("what was shown stays before what is new", () =>
    expect(familyHealth(answered(anew("up")), 0).recent).toEqual([20, null, 20]));
});

describe("targets", () => {
  const both = aCheck({
    quorum: 3,
    targets: [
      { name: "1.1.1.1", family: 4, host: "1.1.1.1", port: null },
      { name: "2620:fe::fe", family: 6, host: "2620:fe::fe", port: null },
      { name: "http://x/", family: null, host: "x", port: 80 },
    ],
  });
  it("of one family, and those of either", () =>
    expect(([4, 6] as const).map((family) => targetsFor(both, family).map(({ name }) => name))).toEqual([
      ["1.1.1.1", "http://x/"],
      ["2620:fe::fe", "http://x/"],
    ]));
  it("a check is known again", () => {
    expect(isOf(newHealth(both, 4, 0), both)).toBe(true);
    expect(isOf(newHealth(both, 4, 0), { ...both, timeout: 5 })).toBe(false);
  });
  it("a quorum is at most what there is of a family", () =>
    expect(newHealth(both, 4, 0).check.quorum).toBe(2));
});

it("what an earlier check found gives way to what this one finds", () => {
  const before = {
    verdict: "down",
    reason: "a page without the keyword",
    since: 0,
    loss: 1,
    latency: null,
  } as const;
  let health = resumed(aCheck(), 4, 0, { ...before, recent: [] }, 0);
  expect(health.reason).toBe("a page without the keyword");
  for (const sentAt of [0, 1000, 2000, 3000]) {
    health = heard(health, { outcome: "lost", target: "a", sentAt }, sentAt + 1000);
  }
  expect([health.verdict, health.since, health.reason]).toEqual(["down", 0, "no answer from a for 3 s"]);
});
