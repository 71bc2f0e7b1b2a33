import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import type { UplinkHealth } from "../../../lib/health/health.ts";
import { environmentOf } from "../../../lib/notify/environment.ts";
import { type Notice, noticesOf } from "../../../lib/notify/notice.ts";
import { NO_STATE, type State } from "../../../lib/state/record.ts";
import { aRecord } from "../plan/support.ts";

const UP = aRecord({
  interface: "ppp0",
  address4: "198.51.100.7",
  gateway4: "198.51.100.1",
  address6: "2001:db8::7",
  since: 1_000_000,
});
const before: State = { ...NO_STATE, uplinks: { adsl: UP, lte: UP }, choice: ["adsl"] };
const dead = aRecord({ state: "down", reason: "no carrier on ppp0", interface: "ppp0", since: 61_500_000 });
const after: State = { ...NO_STATE, uplinks: { adsl: dead, lte: UP }, choice: ["lte"] };
const [DOWN, SWITCH] = noticesOf(before, after, 61_500_000) as [Notice, Notice];

const HEALTH: UplinkHealth = {
  verdict: "down",
  reason: "",
  since: 0,
  families: {
    4: {
      verdict: "down",
      reason: "",
      since: 0,
      loss: 0.375,
      latency: 41.6,
      recent: [40, 41, null, 43, 44, null, null, null],
    },
  },
};
const circumstances = { tiers: { adsl: 1, lte: 2 }, health: {} };

it("a line that died", () => {
  expect(environmentOf(DOWN, circumstances)).toMatchObject({
    WAYMARK_EVENT: "down",
    WAYMARK_TIME: "61500",
    WAYMARK_UPLINK: "adsl",
    WAYMARK_INTERFACE: "ppp0",
    WAYMARK_TIER: "1",
    WAYMARK_STATE: "down",
    WAYMARK_OLD_STATE: "up",
    WAYMARK_LASTED: "60500",
    WAYMARK_REASON: "no carrier on ppp0",
    WAYMARK_ADDRESS: "",
    WAYMARK_OLD_ADDRESS: "198.51.100.7",
    WAYMARK_OLD_ADDRESS6: "2001:db8::7",
    WAYMARK_CHOICE: "lte",
    WAYMARK_OLD_CHOICE: "adsl",
    WAYMARK_CHOSEN: "no",
    WAYMARK_LOSS: "",
    WAYMARK_PROBES: "",
  });
});

it("a switch is about the first of the new choice", () => {
  expect(environmentOf(SWITCH, circumstances)).toMatchObject({
    WAYMARK_EVENT: "switch",
    WAYMARK_UPLINK: "lte",
    WAYMARK_TIER: "2",
    WAYMARK_ADDRESS: "198.51.100.7",
    WAYMARK_GATEWAY: "198.51.100.1",
    WAYMARK_CHOSEN: "yes",
    WAYMARK_LASTED: "",
  });
});

it("a switch to nothing", () => {
  const nothing = noticesOf(before, { ...NO_STATE, uplinks: { adsl: dead, lte: dead } }, 0).at(-1) as Notice;
  expect(environmentOf(nothing, circumstances)).toMatchObject({
    WAYMARK_EVENT: "switch",
    WAYMARK_UPLINK: "",
    WAYMARK_TIER: "",
    WAYMARK_CHOICE: "",
    WAYMARK_CHOSEN: "no",
  });
});

it("the counters of the health check", () => {
  expect(environmentOf(DOWN, { ...circumstances, health: { adsl: HEALTH } })).toMatchObject({
    WAYMARK_LOSS: "38",
    WAYMARK_LATENCY: "42",
    WAYMARK_PROBES: "8",
    WAYMARK_REPLIED: "4",
    WAYMARK_LOST: "4",
    WAYMARK_REPLIED_IN_ROW: "0",
    WAYMARK_LOST_IN_ROW: "3",
  });
});

it("replies in a row", () => {
  const recent = [null, 40, 41];
  const health = { ...HEALTH, families: { 4: { ...HEALTH.families[4], recent } } } as UplinkHealth;
  expect(environmentOf(DOWN, { ...circumstances, health: { adsl: health } })).toMatchObject({
    WAYMARK_REPLIED_IN_ROW: "2",
    WAYMARK_LOST_IN_ROW: "0",
  });
});

it("text of others ends no line and steers no terminal, and does not go on for ever", () => {
  const evil = { ...DOWN, reason: `a\nWAYMARK_EVENT=up\u001b[2J\u202e\0 ${"x".repeat(9_000)}` };
  const { WAYMARK_REASON = "" } = environmentOf(evil, circumstances);
  expect(WAYMARK_REASON).toMatch(/^a WAYMARK_EVENT=up \[2J {2}x+$/);
  expect(WAYMARK_REASON).toHaveLength(500);
});

it("every variable is documented, and every documented one is there", () => {
  const text = readFileSync(new URL("../../../docs/notify.md", import.meta.url), "utf8");
  const documented = [...text.matchAll(/^\| (`WAYMARK_[A-Z0-9_]+`(?:, `WAYMARK_[A-Z0-9_]+`)*) \|/gm)]
    .flatMap(([, names = ""]) => names.split(", "))
    .map((name) => name.replaceAll("`", ""));
  expect(documented.sort()).toEqual(Object.keys(environmentOf(DOWN, circumstances)).sort());
});
