import { describe, expect, it } from "vitest";
import type { Cause } from "../../../lib/follow/cause.ts";
import {
  begin,
  calmAt,
  end,
  LOOKS,
  newPace,
  nextAt,
  type Pace,
  passed,
  told,
} from "../../../lib/follow/pace.ts";

const after = (...events: readonly (readonly [Cause, number])[]): Pace =>
  events.reduce((pace, [cause, at]) => told(pace, cause, at), newPace(0));

describe("when to look", () => {
  const due = (title: string, events: readonly (readonly [Cause, number])[], expected: number | null) =>
    it(title, () => expect(nextAt(after(...events))).toBe(expected));
  due("nothing happened: never", [], null);
  due("a carrier: at once, nearly", [["link", 100]], 102);
  due("a route: when nothing more comes", [["route", 100]], 110);
  due(
    "more of it: later",
    [
      ["route", 100],
      ["route", 107],
    ],
    117,
  );
  due(
    "without end: behind a tenth of a second",
    Array.from({ length: 60 }, (_, i) => ["route", i * 5]),
    100,
  );
  due(
    "a carrier among routes: soon",
    [
      ["route", 100],
      ["link", 101],
    ],
    103,
  );
  due(
    "routes behind a carrier do not hold it up",
    [
      ["link", 101],
      ["route", 102],
    ],
    103,
  );
  due("somebody asked", [["told", 100]], 100);
  due(
    "something was missed: when the flood is over",
    [
      ["missed", 100],
      ["missed", 300],
    ],
    550,
  );
  due(
    "a flood without end: behind a second",
    Array.from({ length: 60 }, (_, i) => ["missed", i * 100]),
    1000,
  );
});

it("does not look while a look runs, and looks again for what came meanwhile", () => {
  const { pace } = begin(after(["link", 100]), 102);
  const woken = told(pace, "link", 103);
  expect(nextAt(woken)).toBeNull();
  expect(nextAt(end(woken, 0, 120).pace)).toBe(105);
});

it("tells what a look is for, and since when", () => {
  const { causes, since } = begin(after(["route", 100], ["link", 101], ["route", 102]), 103);
  expect([...causes].sort()).toEqual(["link", "route"]);
  expect(since).toBe(100);
});

it("a storm is rationed, and the ration grows back", () => {
  let pace = newPace(0);
  for (let look = 0; look < LOOKS.burst; look++) pace = end(begin(told(pace, "told", 0), 0).pace, 0, 0).pace;
  expect(nextAt(told(pace, "told", 0))).toBe(LOOKS.every);
  expect(nextAt(told(pace, "told", 60_000))).toBe(60_000);
});

/** A look that had to put back something. */
function repair(pace: Pace, at: number, cause: Cause = "rule") {
  return end(begin(told(pace, cause, at), at).pace, 1, at);
}

/** One repair behind the other, each as soon as it may be. */
function fighting(count: number, cause: Cause = "rule") {
  let pace = newPace(0);
  const times: number[] = [];
  const news: unknown[] = [];
  let now = 1000;
  for (let round = 0; round < count; round++) {
    now = Math.max(now, nextAt(told(pace, cause, now)) ?? now);
    const ended = repair(pace, now, cause);
    pace = ended.pace;
    times.push(now);
    news.push(ended.news);
  }
  return { pace, times, news, gaps: times.slice(1).map((time, place) => time - (times[place] ?? 0)) };
}

describe("somebody keeps taking away what is ours", () => {
  it("five times it is put back at once, then ever more slowly, up to half a minute", () =>
    expect(fighting(13).gaps).toEqual([10, 10, 10, 10, 10, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]));
  it("it is said once", () => {
    const { news } = fighting(13);
    expect(news.indexOf("begun")).toBe(5);
    expect(news.filter((each) => each !== null)).toEqual(["begun"]);
  });
  it.each(["link", "address", "default", "told", "missed", "listening"] as const)(
    "what came with a change of another kind (%s) is no repair",
    (cause) => expect(fighting(13, cause).news.every((each) => each === null)).toBe(true),
  );
  it("a carrier is not held up by it", () => {
    const { pace, times } = fighting(10);
    const now = times.at(-1) ?? 0;
    expect(nextAt(told(pace, "link", now))).toBe(now + 2);
  });
  it("six repairs in a longer time are no fight", () => {
    let pace = newPace(0);
    for (let round = 0; round < 20; round++) {
      const ended = repair(pace, round * 2001);
      expect(ended.news).toBeNull();
      pace = ended.pace;
    }
  });
  it("it is over when nothing is touched for long enough, which is said once", () => {
    const { pace, times } = fighting(6);
    const last = times.at(-1) ?? 0;
    expect(calmAt(pace)).toBe(last + 30_000);
    expect(passed(pace, last + 29_999).news).toBeNull();
    const over = passed(pace, last + 30_000);
    expect(over.news).toBe("over");
    expect(calmAt(over.pace)).toBeNull();
    expect(nextAt(told(over.pace, "rule", last + 30_001))).toBe(last + 30_011);
  });
  it("a pause of half a minute is no end of it", () => {
    const { news } = fighting(40);
    expect(news.filter((each) => each !== null)).toEqual(["begun"]);
  });
});
