import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { drawStatus, type Trips, type View } from "../../../lib/cli/status-picture.ts";
import type { Status } from "../../../lib/cli/status-report.ts";
import { UTC } from "../../../lib/terminal/clock.ts";
import { BLOCKS } from "../../../lib/terminal/sparkline.ts";
import { checked, status, uplinkStatus } from "./support.ts";

const view = (how: Partial<Status>, trips: Record<string, Trips> = {}, more: Partial<View> = {}): View => ({
  status: status({ choice: ["adsl"], ...how }),
  trips,
  trouble: "",
  now: Date.parse("2026-02-03T04:05:06Z"),
  zone: UTC,
  bars: BLOCKS,
  ...more,
});
const ESCAPES = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g");
const plain = (what: View, width = 120, height = 12) =>
  drawStatus(what, { width, height }).map((line) => line.replace(ESCAPES, "").trimEnd());

const BAD = checked(
  { health: "degraded", reason: "30 % loss", loss: 0.3, latency: 120 },
  { name: "lte", chosen: false, tier: 2 },
);
const TRIPS = { adsl: { 4: [20, 20, null, 20] }, lte: { 4: [120, null, 120, 480] } } as const;

describe("the live view", () => {
  it("uplinks, their round trips, who is chosen, what is wrong", () =>
    expect(plain(view({ uplinks: [checked(), BAD] }, TRIPS))).toEqual([
      `Waymark  new connections: adsl${" ".repeat(71)}2026-02-03 04:05:06`,
      "",
      "   uplink  state  interface  address      gateway      tier  share  loss  latency  since                round trips",
      "*  adsl    up     eth0       192.168.1.5  192.168.1.1  1     100 %   0 %    20 ms  2026-02-03 04:05:06  ▄▄×▄",
      "   lte     up     eth0       192.168.1.5  192.168.1.1  2     -      30 %   120 ms  2026-02-03 04:05:06  ▂×▂█",
      "   degraded: 30 % loss",
      "",
      "",
      "",
      "",
      "",
      "q quit",
    ]));
  it("a narrow window has the name, the state, the measures and the bars", () =>
    expect(plain(view({ uplinks: [checked(), BAD] }, TRIPS), 48).slice(2, 5)).toEqual([
      "   uplink  state  loss  latency  round trips",
      "*  adsl    up      0 %    20 ms  ▄▄×▄",
      "   lte     up     30 %   120 ms  ▂×▂█",
    ]));
  it("nothing is checked: no bars", () =>
    expect(plain(view({ uplinks: [uplinkStatus()], watch: { running: false } })).slice(2, 6)).toEqual([
      "   uplink  state  interface  address      gateway      tier  share  since",
      "*  adsl    up     eth0       192.168.1.5  192.168.1.1  1     100 %  2026-02-03 04:05:06",
      "",
      "waymark watch does not run: nobody checks the lines",
    ]));
  it("both families", () => {
    const [four] = checked().checks;
    const six = { ...four, family: 6, loss: null, latency: null, health: "unknown" } as const;
    const both = checked({}, { checks: [four, six] as never });
    expect(plain(view({ uplinks: [both] }, { adsl: { 4: [5, 5], 6: [null] } })).slice(3, 6)).toEqual([
      expect.stringMatching(/^\*.* ▄▄$/),
      expect.stringMatching(/^ {3}IPv6: loss -, - +×$/),
      "   IPv6 unknown",
    ]);
  });
  it("more than the window holds", () => {
    const many = Array.from({ length: 9 }, (_, place) => uplinkStatus({ name: `line${place}` }));
    const lines = plain(view({ uplinks: many }), 100, 8);
    expect(lines[4]).toMatch(/^\* {2}line1/);
    expect(lines[5]).toBe("… 8 more lines do not fit");
    expect(lines[7]).toBe("q quit");
  });
  it("what went wrong: the newest five", () => {
    const errors = Array.from({ length: 7 }, (_, place) => ({
      at: "2026-02-03T04:05:06Z",
      message: `error ${place}\u001b[2J`,
    }));
    const lines = plain(
      view({ errors, config: { path: "/w", error: "a\nb" } }, {}, { trouble: "cannot look" }),
      80,
      20,
    );
    expect(lines.slice(4, 13)).toEqual([
      "cannot look",
      "the configuration is wrong; the last good one is in force:",
      "a",
      "b",
      ...[2, 3, 4, 5, 6].map((place) => `2026-02-03 04:05:06  error ${place}\\x1b[2J`),
    ]);
  });
  it("colours: chosen, degraded, a lost answer", () => {
    const lines = drawStatus(view({ uplinks: [checked(), BAD] }, TRIPS), { width: 120, height: 12 });
    expect(lines[3]).toContain("\u001b[0;1;32m*  adsl");
    expect(lines[3]).toContain("\u001b[0;1;31m×");
    expect(lines[4]).toContain("\u001b[0;33m   lte");
  });
  it("a window of any size is filled, and no more", () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 40 }), (width, height) => {
        const lines = plain(view({ uplinks: [checked(), BAD] }, TRIPS), width, height);
        expect(lines).toHaveLength(height);
        expect(Math.max(...lines.map((line) => [...line].length))).toBeLessThanOrEqual(width);
      }),
    ));
});
