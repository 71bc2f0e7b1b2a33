import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { HealthFile } from "../../../lib/health/health.ts";
import { parseHealth, startTimeOf } from "../../../lib/health/parse.ts";

const FAMILY = { verdict: "up", reason: "", since: 5, loss: 0, latency: 20, recent: [20, null] } as const;
const UPLINK = { verdict: "up", reason: "", since: 5, families: { 4: FAMILY } } as const;
const FILE: HealthFile = { pid: 7, startTime: "99", written: 8, uplinks: { adsl: UPLINK } };

const read = (value: unknown) => parseHealth(JSON.stringify(value));
const family = (how: object) =>
  read({ ...FILE, uplinks: { adsl: { ...UPLINK, families: { 4: { ...FAMILY, ...how } } } } })?.uplinks.adsl
    ?.families[4];

describe("health.json", () => {
  it("as it was written", () => expect(read(FILE)).toEqual(FILE));
  it("both families", () =>
    expect(
      read({ ...FILE, uplinks: { a: { ...UPLINK, families: { 6: FAMILY, 4: FAMILY } } } })?.uplinks.a,
    ).toEqual({ ...UPLINK, families: { 4: FAMILY, 6: FAMILY } }));
  it("half written", () => expect(parseHealth(JSON.stringify(FILE).slice(0, 40))).toBeNull());
  it.each([
    ["nothing", null],
    ["a list", []],
    ["no process", { ...FILE, pid: undefined }],
    ["a process that cannot be", { ...FILE, pid: 0 }],
    ["half a process", { ...FILE, pid: 1.5 }],
    ["a start time that is no text", { ...FILE, startTime: 99 }],
    ["no time", { ...FILE, written: "now" }],
  ])("%s", (_, value) => expect(read(value)).toBeNull());
  it("no uplinks at all", () => expect(read({ ...FILE, uplinks: 3 })?.uplinks).toEqual({}));
  it.each([
    ["unknown verdict", { ...UPLINK, verdict: "great" }],
    ["no reason", { ...UPLINK, reason: 4 }],
    ["no since", { ...UPLINK, since: null }],
    ["text", "up"],
  ])("an uplink with %s is left out, the others stay", (_, bad) =>
    expect(Object.keys(read({ ...FILE, uplinks: { bad, good: UPLINK } })?.uplinks ?? {})).toEqual(["good"]),
  );
  it("families that there are not", () =>
    expect(
      read({ ...FILE, uplinks: { a: { ...UPLINK, families: { 5: FAMILY } } } })?.uplinks.a?.families,
    ).toEqual({}));
  it.each([
    ["loss above 1", { loss: 1.5 }, { loss: null }],
    ["loss below 0", { loss: -1 }, { loss: null }],
    ["latency as text", { latency: "20" }, { latency: null }],
    ["no list", { recent: "x" }, { recent: [] }],
    ["odd ones in the list", { recent: [1, "x", -1, null, 2] }, { recent: [1, null, null, null, 2] }],
  ])("%s", (_, how, expected) => expect(family(how)).toMatchObject(expected));
  it("no more than sixty round trips, the newest", () => {
    const recent = Array.from({ length: 70 }, (_, index) => index);
    expect(family({ recent })?.recent).toEqual(recent.slice(10));
  });
  it("a name that is dear to JavaScript", () => {
    const text = JSON.stringify({ ...FILE, uplinks: { x: UPLINK } }).replace('"x"', '"__proto__"');
    expect(Object.keys(parseHealth(text)?.uplinks ?? {})).toEqual(["__proto__"]);
  });
  it("any JSON is borne", () =>
    fc.assert(
      fc.property(fc.json(), fc.json(), (whole, uplinks) => {
        parseHealth(whole);
        const inner: unknown = JSON.parse(uplinks);
        const health = read({ ...FILE, uplinks: { a: inner, b: { ...UPLINK, families: inner } } });
        return health !== null && Object.values(health.uplinks).every(({ since }) => since >= 0);
      }),
    ));
});

describe("when a process started, by /proc/PID/stat", () => {
  const behind = Array.from({ length: 30 }, (_, index) => String(index + 4)).join(" ");
  it.each([
    ["a plain name", `12 (node) S ${behind}`],
    ["a name with brackets and spaces", `12 (a) S 1) (b c) S ${behind}\n`],
  ])("%s", (_, text) => expect(startTimeOf(text)).toBe("22"));
  it("nothing", () => expect(startTimeOf("")).toBeNull());
});
