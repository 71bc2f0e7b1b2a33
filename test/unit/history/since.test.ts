import { describe, expect, it } from "vitest";
import { parseSince } from "../../../lib/history/since.ts";
import { UTC, type Zone } from "../../../lib/terminal/clock.ts";

const NOW = Date.parse("2026-11-21T11:57:28Z");
const iso = (text: string, zone: Zone = UTC) => {
  const at = parseSince(text, NOW, zone);
  return at === null ? null : new Date(at).toISOString().slice(0, 19);
};

describe("--since", () => {
  it.each([
    ["90s", "2026-11-21T11:55:58"],
    ["10m", "2026-11-21T11:47:28"],
    ["2h", "2026-11-21T09:57:28"],
    ["3 d", "2026-11-18T11:57:28"],
    ["today", "2026-11-21T00:00:00"],
    ["yesterday", "2026-11-20T00:00:00"],
    ["14:30", "2026-11-21T14:30:00"],
    ["2026-02-03", "2026-02-03T00:00:00"],
    ["2026-02-03 04:05", "2026-02-03T04:05:00"],
    ["2026-02-03T04:05:06", "2026-02-03T04:05:06"],
  ])("%s", (text, expected) => expect(iso(text)).toBe(expected));
  it.each(["", "soon", "-1h", "1w", "2026-02-30", "2026-13-01", "25:00", "2026-02-03 ", "4", "--help"])(
    "%j is none",
    (text) => expect(iso(text)).toBeNull(),
  );
  it("times are those of the place", () => {
    const east: Zone = () => 120;
    expect(iso("today", east)).toBe("2026-11-20T22:00:00");
    expect(iso("2026-02-03 04:05", east)).toBe("2026-02-03T02:05:00");
    expect(parseSince("today", Date.parse("2026-11-20T23:00:00Z"), east)).toBe(
      Date.parse("2026-11-20T22:00:00Z"),
    );
  });
  it("over a change of the clocks", () => {
    const change = Date.parse("2026-11-21T01:00:00Z");
    const zone: Zone = (at) => (at < change ? 120 : 60);
    expect(iso("2026-11-21 01:30", zone)).toBe("2026-11-20T23:30:00");
    expect(iso("2026-11-21 12:00", zone)).toBe("2026-11-21T11:00:00");
  });
});
