import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseEntry } from "../../../lib/history/journal-entry.ts";
import { parseSyslogLine } from "../../../lib/history/syslog-line.ts";
import { UTC } from "../../../lib/terminal/clock.ts";

const ENTRY = { __CURSOR: "s=1;i=2", __REALTIME_TIMESTAMP: "1795269647651096", PRIORITY: "5", MESSAGE: "hi" };
const entry = (how: object) => parseEntry(JSON.stringify({ ...ENTRY, ...how }));

describe("an entry of the journal", () => {
  it("as it is", () =>
    expect(entry({})).toMatchObject({
      cursor: "s=1;i=2",
      record: { at: "2026-11-21T14:00:47.651Z", priority: "notice", message: "hi" },
    }));
  it.each<[string, unknown, string]>([
    ["bytes", [97, 27, 98], "a\\x1bb"],
    ["bytes that are no UTF-8", [97, 255], "a\ufffd"],
    ["twice", ["first", "second"], "first"],
    ["twice, as bytes", [[97], [98]], "a"],
    ["too long", null, "(too long to be shown)"],
    ["none at all", undefined, "(too long to be shown)"],
  ])("a message as %s", (_, MESSAGE, message) => expect(entry({ MESSAGE })?.record.message).toBe(message));
  it.each([undefined, "9", 5, "x"])("priority %s", (PRIORITY) =>
    expect(entry({ PRIORITY })?.record.priority).toBeNull(),
  );
  it.each([
    ["no cursor", { __CURSOR: 4 }],
    ["no time", { __REALTIME_TIMESTAMP: "soon" }],
    ["a time that cannot be", { __REALTIME_TIMESTAMP: "9".repeat(30) }],
  ])("%s: none", (_, how) => expect(entry(how)).toBeNull());
  it("no JSON: none", () => expect(parseEntry("-- No entries --")).toBeNull());
  it("any JSON is borne", () =>
    fc.assert(
      fc.property(fc.json(), (text) => {
        parseEntry(text);
        return entry({ MESSAGE: JSON.parse(text) }) !== null;
      }),
    ));
});

const NOW = Date.parse("2026-11-21T12:00:00Z");
const syslog = (line: string) => {
  const record = parseSyslogLine(line, NOW, UTC);
  return record === null ? null : `${record.at} ${record.message}`;
};

describe("a line of a syslog file", () => {
  it.each([
    ["2026-11-21T11:57:28.5+01:00 pi waymark[7]: hi: there", "2026-11-21T10:57:28.500Z hi: there"],
    ["2026-11-21T11:57:28Z pi waymark: hi", "2026-11-21T11:57:28.000Z hi"],
    ["Nov 21 11:57:28 pi waymark[7]: hi", "2026-11-21T11:57:28.000Z hi"],
    ["Nov  1 01:02:03 pi waymark[7]: hi", "2026-11-01T01:02:03.000Z hi"],
    ["Dec 31 23:00:00 pi waymark[7]: hi", "2025-12-31T23:00:00.000Z hi"],
    ["Nov 21 11:57:28 pi daemon.info waymark[7]: hi", "2026-11-21T11:57:28.000Z hi"],
  ])("%s", (line, expected) => expect(syslog(line)).toBe(expected));
  it.each([
    "Nov 21 11:57:28 pi sshd[7]: waymark: hi",
    "Nov 21 11:57:28 pi notwaymark[7]: hi",
    "Xyz 21 11:57:28 pi waymark[7]: hi",
    "waymark: hi",
    "",
  ])("%j is not ours", (line) => expect(syslog(line)).toBeNull());
  it("today's is not next year's, though our clock is a little late", () =>
    expect(syslog("Nov 21 12:10:00 pi waymark: hi")).toBe("2026-11-21T12:10:00.000Z hi"));
});
