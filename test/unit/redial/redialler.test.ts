import { describe, expect, it } from "vitest";
import { dialStanding } from "../../../lib/redial/standing.ts";
import { DialHouse, lines, redialler } from "./house.ts";

const DEAD = lines(["gsm"]);
const ALIVE = lines(["gsm"], ["gsm"]);

const standing = (house: DialHouse, [uplink] = DEAD) =>
  uplink === undefined ? undefined : dialStanding(uplink, house.kept.gsm, house.clock);

it("dials a line that is gone, and again, later each time", () => {
  const house = new DialHouse();
  redialler(house).look(DEAD);
  for (let second = 0; second < 3_600; second++) {
    house.pass(1_000);
    house.finish({ status: 1, words: "no carrier" });
  }
  const times = house.dialled.map((line) => Number(line.split(" ")[0]));
  const waits = times.slice(1).map((time, place) => (time - (times[place] ?? 0)) / 1000);
  expect(times[0]).toBe(105_000);
  expect(waits.slice(0, 8)).toEqual([5, 10, 20, 40, 80, 160, 300, 300]);
});

it("tells what it dials and what came of it", () => {
  const house = new DialHouse();
  redialler(house).look(DEAD);
  house.pass(5_000);
  house.finish({ status: 8, words: "Connect script failed" });
  expect(house.told).toEqual([
    "<5> dial of gsm (absent): pon gsm",
    "<4> dial of gsm: pon failed with status 8: Connect script failed",
  ]);
});

it("leaves one that lives alone, and dials at once when it goes after long", () => {
  const house = new DialHouse();
  const redial = redialler(house);
  redial.look(ALIVE);
  house.pass(3_600_000);
  expect(house.dialled).toEqual([]);
  redial.look(DEAD);
  expect(house.dialled).toEqual(["3700000 gsm: pon gsm"]);
});

it("has no timer while there is nothing to wait for", () => {
  const house = new DialHouse();
  redialler(house).look(ALIVE);
  expect(house.timers).toBe(0);
});

it("does not dial what its own pppd is dialling, and does once that has given up", () => {
  const house = new DialHouse();
  house.atIt.add("gsm");
  redialler(house).look(DEAD);
  house.pass(60_000);
  expect(house.dialled).toEqual([]);
  house.atIt.clear();
  house.pass(5_000);
  expect(house.dialled).toHaveLength(1);
});

it("ends a dial that hangs, and kills one that does not care", () => {
  const house = new DialHouse();
  redialler(house).look(DEAD);
  house.pass(5_000 + 120_000 + 5_000);
  expect(house.signals).toEqual(["225000 SIGTERM 4001", "230000 SIGKILL 4001"]);
});

it("keeps a dial that carries its line, and dials once when both end", () => {
  const house = new DialHouse();
  const redial = redialler(house);
  redial.look(DEAD);
  house.pass(5_000);
  redial.look(ALIVE);
  house.pass(7_200_000);
  expect(house.signals).toEqual([]);
  redial.look(DEAD);
  house.pass(1_000);
  house.finish({ status: 16, words: "Modem hangup" });
  house.pass(1_000);
  expect(house.dialled).toHaveLength(2);
});

it("goes on where the watch before it stopped: a dial that still runs is not begun again", () => {
  const house = new DialHouse();
  const first = redialler(house);
  first.look(DEAD);
  house.pass(5_000);
  first.stop();
  const second = redialler(house);
  second.look(DEAD);
  house.pass(60_000);
  expect(house.dialled).toHaveLength(1);
  expect(standing(house)).toEqual({ running: true, dials: 1, next: null });
});

it("finds out by itself when a dial ends that the watch before it began", () => {
  const house = new DialHouse();
  const first = redialler(house);
  first.look(DEAD);
  house.pass(5_000);
  first.stop();
  redialler(house).look(DEAD);
  house.pass(20_000);
  // Nobody is told: it was the child of a process that is gone.
  house.die();
  house.pass(5_000);
  expect(house.dialled).toHaveLength(2);
});

it("looks no more once it is stopped", () => {
  const house = new DialHouse();
  const redial = redialler(house);
  redial.look(DEAD);
  redial.stop();
  house.pass(600_000);
  redial.look(DEAD);
  expect(house.dialled).toEqual([]);
});

it("dials two lines side by side, each on its own schedule", () => {
  const house = new DialHouse();
  redialler(house).look(lines(["gsm", "lte"]));
  house.pass(5_000);
  expect(house.dialled.map((line) => line.split(" ")[1])).toEqual(["gsm:", "lte:"]);
});

it("says why a program cannot be started, and tries again in its turn", () => {
  const house = new DialHouse();
  house.missing.add("pon");
  redialler(house).look(DEAD);
  house.pass(5_000);
  expect(house.told.at(-1)).toBe("<3> dial of gsm: there is no program pon");
  house.missing.clear();
  house.pass(5_000);
  expect(house.dialled).toHaveLength(1);
});

it("forgets an uplink that is dialled no more", () => {
  const house = new DialHouse();
  const redial = redialler(house);
  redial.look(lines(["gsm", "lte"]));
  redial.look(DEAD);
  expect(Object.keys(house.kept)).toEqual(["gsm"]);
});

it("remembers a dial that runs though its uplink is dialled no more: it may be again", () => {
  const house = new DialHouse();
  const redial = redialler(house);
  redial.look(DEAD);
  house.pass(5_000);
  redial.look([]);
  redial.look(DEAD);
  house.pass(60_000);
  expect(house.dialled).toHaveLength(1);
  house.finish({ status: 0, words: "" });
  redial.look([]);
  expect(house.kept).toEqual({});
});

it("writes nothing down while nothing changes", () => {
  const house = new DialHouse();
  const redial = redialler(house);
  redial.look(ALIVE);
  const { saves } = house;
  redial.look(ALIVE);
  redial.look(ALIVE);
  expect(house.saves).toBe(saves);
});

describe("how it stands", () => {
  it("before the first dial", () => {
    const house = new DialHouse();
    redialler(house).look(DEAD);
    house.pass(2_000);
    expect(standing(house)).toEqual({ running: false, dials: 0, next: 3_000 });
  });

  it("between two dials", () => {
    const house = new DialHouse();
    redialler(house).look(DEAD);
    house.pass(5_000);
    house.finish({ status: 8, words: "Connect script failed" });
    house.pass(1_000);
    expect(standing(house)).toEqual({ running: false, dials: 1, next: 4_000 });
  });

  it("of a line that is there: nothing", () => {
    const house = new DialHouse();
    redialler(house).look(DEAD);
    expect(standing(house, ALIVE)).toBeNull();
  });

  it("of a line that was switched off: none is due", () => {
    const house = new DialHouse();
    redialler(house).look(DEAD);
    const off = DEAD.map((state) => ({ ...state, state: "disabled" as const }));
    expect(standing(house, off)).toEqual({ running: false, dials: 0, next: null });
  });

  it("with another's dial under way: none is due", () => {
    const house = new DialHouse();
    house.atIt.add("gsm");
    redialler(house).look(DEAD);
    house.pass(60_000);
    expect(standing(house)).toEqual({ running: false, dials: 0, next: null });
  });

  it("of an uplink that nobody dialled yet: nothing", () => {
    expect(standing(new DialHouse())).toBeNull();
  });
});

it("leaves a line alone that was switched off by hand", () => {
  const house = new DialHouse();
  redialler(house).look(DEAD.map((state) => ({ ...state, state: "disabled" as const })));
  house.pass(600_000);
  expect(house.dialled).toEqual([]);
});
