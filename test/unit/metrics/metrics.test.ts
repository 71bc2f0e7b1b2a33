import { describe, expect, it } from "vitest";
import type { FamilyHealth, HealthFile } from "../../../lib/health/health.ts";
import { type MetricsInput, metricsText } from "../../../lib/metrics/metrics.ts";
import { NO_STATE, type State } from "../../../lib/state/record.ts";
import { configOf } from "../config/reading.ts";
import { aRecord } from "../plan/support.ts";
import { parseExposition } from "./grammar.ts";

const config = configOf(`
[uplink.adsl]
interface = "eth0"
tier = 1
weight = 3

[uplink.lte]
interface = "usb0"
tier = 1

[uplink.gsm]
peer = "gsm"
tier = 2
`);
const state: State = {
  ...NO_STATE,
  uplinks: {
    adsl: aRecord({ interface: "eth0", state: "up", reason: "", since: 5500 }),
    lte: aRecord({ interface: "usb0", state: "up", reason: "", since: 6000 }),
    gsm: aRecord({ interface: null, state: "absent" }),
  },
  choice: ["adsl", "lte"],
  balanced: ["adsl", "lte"],
  switches: 4,
};
const family = (how: Partial<FamilyHealth> = {}): FamilyHealth => ({
  verdict: "degraded",
  reason: "30 % loss",
  since: 5,
  loss: 0.3,
  latency: 120,
  recent: [],
  ...how,
});
const health: HealthFile = {
  pid: 1,
  startTime: "1",
  written: 1,
  uplinks: {
    adsl: {
      verdict: "degraded",
      reason: "",
      since: 5,
      families: { 4: family(), 6: family({ loss: null, latency: null }) },
    },
    old: { verdict: "up", reason: "", since: 5, families: { 4: family() } },
  },
};

const told = (how: Partial<MetricsInput> = {}) => {
  const metrics = parseExposition(metricsText({ config, configError: null, state, health, ...how }));
  return (name: string) => {
    const samples = metrics.find((metric) => metric.name === `waymark_${name}`)?.samples ?? [];
    return Object.fromEntries(samples.map(({ labels, value }) => [Object.values(labels).join(" "), value]));
  };
};

describe("metrics", () => {
  it.each<[string, Record<string, number>]>([
    ["uplink_up", { adsl: 1, lte: 1, gsm: 0 }],
    ["uplink_chosen", { adsl: 1, lte: 1, gsm: 0 }],
    ["uplink_info", { "adsl eth0": 1, "lte usb0": 1, "gsm ": 1 }],
    ["uplink_since_seconds", { adsl: 5.5, lte: 6, gsm: 0 }],
    ["uplink_tier", { adsl: 1, lte: 1, gsm: 2 }],
    ["uplink_weight", { adsl: 3, lte: 1, gsm: 1 }],
    ["uplink_share_ratio", { adsl: 0.75, lte: 0.25, gsm: 0 }],
    ["uplink_loss_ratio", { "adsl ipv4": 0.3 }],
    ["uplink_latency_seconds", { "adsl ipv4": 0.12 }],
    ["switches_total", { "": 4 }],
    ["watch_running", { "": 1 }],
    ["config_valid", { "": 1 }],
  ])("%s", (name, expected) => expect(told()(name)).toEqual(expected));
  it("states", () =>
    expect(told()("uplink_state")).toMatchObject({
      "adsl up": 1,
      "adsl down": 0,
      "gsm up": 0,
      "gsm absent": 1,
    }));
  it("verdicts", () =>
    expect(told()("uplink_health")).toMatchObject({
      "adsl ipv4 degraded": 1,
      "adsl ipv4 up": 0,
      "adsl ipv6 degraded": 1,
    }));
  it("nobody checks", () => {
    const metrics = told({ health: null });
    expect(metrics("watch_running")).toEqual({ "": 0 });
    expect(metrics("uplink_health")).toEqual({});
    expect(metrics("uplink_loss_ratio")).toEqual({});
  });
  it("a wrong configuration, nothing known yet", () => {
    const metrics = told({ configError: "/w:1: no", state: NO_STATE });
    expect(metrics("config_valid")).toEqual({ "": 0 });
    expect(metrics("uplink_up")).toEqual({});
    expect(metrics("switches_total")).toEqual({ "": 0 });
  });
});
