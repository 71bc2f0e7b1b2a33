import { describe, expect, it } from "vitest";
import { type Change, readIpLine } from "../../../lib/follow/ip-line.ts";
import { Known } from "../../../lib/follow/known.ts";

const read = (line: string): Change => {
  const change = readIpLine(line);
  if (change === null) throw new Error(`no change: ${line}`);
  return change;
};
const link = (name: string, flags: string, gone = "") => read(`[LINK]${gone}3: ${name}: <${flags}> mtu 1500`);
const address = (more = "", gone = "") =>
  read(`[ADDR]${gone}3: eth0    inet 192.0.2.5/24 scope 0 ${more}eth0\\ valid_lft 60sec preferred_lft 60sec`);

/** Whether each of the changes is new. */
const news = (...changes: Change[]) => {
  const known = new Known();
  return changes.map((change) => known.isNew(change));
};

describe("what is new", () => {
  it("the first word of anything", () => expect(news(link("eth0", "UP"), address())).toEqual([true, true]));
  it("not its repetition", () =>
    expect(news(link("eth0", "UP"), link("eth0", "UP"), address(), address())).toEqual([
      true,
      false,
      true,
      false,
    ]));
  it("a carrier, and back", () =>
    expect(news(link("eth0", "UP,LOWER_UP"), link("eth0", "UP"), link("eth0", "UP,LOWER_UP"))).toEqual([
      true,
      true,
      true,
    ]));
  it("another name", () => expect(news(link("eth0", "UP"), link("lan0", "UP"))).toEqual([true, true]));
  it("an address that becomes usable", () =>
    expect(news(address("tentative "), address())).toEqual([true, true]));
  it("an end, and a new begin", () =>
    expect(news(address(), address("", "Deleted "), address())).toEqual([true, true, true]));
  it("the end of what was not known", () => expect(news(link("eth0", "", "Deleted "))).toEqual([true]));
  it("any route", () => {
    const route = read("[ROUTE]default via 192.0.2.1 dev eth0 table 87001 proto 87");
    expect(news(route, route)).toEqual([true, true]);
  });
});

it("after something was missed everything is new again", () => {
  const known = new Known();
  known.isNew(link("eth0", "UP"));
  known.forget();
  expect(known.isNew(link("eth0", "UP"))).toBe(true);
});

it("a renamed device is known by its new name, whatever ip goes on calling it", () => {
  const known = new Known();
  const change = address() as Change & { index: number; device: string };
  expect(known.nameOf(change)).toBe("eth0");
  known.isNew(link("lan0", "UP"));
  expect(known.nameOf(change)).toBe("lan0");
});

it("keeps no more than it may", () => {
  const known = new Known();
  for (let index = 0; index < 10_000; index++) {
    known.isNew({ kind: "link", index, device: `d${index}`, gone: false, flags: "" });
  }
  expect(known.isNew({ kind: "link", index: 9_999, device: "d9999", gone: false, flags: "" })).toBe(false);
  expect(known.isNew({ kind: "link", index: 0, device: "d0", gone: false, flags: "" })).toBe(true);
});
