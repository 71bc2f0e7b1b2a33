/** What is told to Prometheus. Pure. */

import type { Config } from "../config/types.ts";
import { ORDER } from "../health/combine.ts";
import type { FamilyHealth, HealthFile } from "../health/health.ts";
import { shareOf } from "../plan/share.ts";
import type { State, UplinkCondition } from "../state/record.ts";
import { exposition, type Metric, type Sample } from "./exposition.ts";

export interface MetricsInput {
  readonly config: Config;
  /** The file is wrong, and the last good configuration in force. */
  readonly configError: string | null;
  readonly state: State;
  /** null: nobody checks. */
  readonly health: HealthFile | null;
}

const CONDITIONS: readonly UplinkCondition[] = ["up", "down", "disabled", "checking", "absent"];

/** All metrics, as docs/metrics.md lists them. */
export function metricsText(input: MetricsInput): string {
  return exposition([...uplinkMetrics(input), ...healthMetrics(input), ...ownMetrics(input)]);
}

function uplinkMetrics({ config, state }: MetricsInput): Metric[] {
  const records = config.uplinks.flatMap((uplink) => {
    const record = state.uplinks[uplink.name];
    return record === undefined ? [] : [{ uplink, record }];
  });
  const sharers = { choice: state.choice, shared: state.balanced };
  const each = (value: (one: (typeof records)[number]) => number): Sample[] =>
    records.map((one) => ({ labels: { uplink: one.uplink.name }, value: value(one) }));
  return [
    gauge(
      "uplink_up",
      "Whether the uplink can carry connections.",
      each(({ record }) => Number(record.state === "up")),
    ),
    gauge(
      "uplink_chosen",
      "Whether new connections go to the uplink.",
      each(({ uplink }) => Number(state.choice.includes(uplink.name))),
    ),
    gauge(
      "uplink_state",
      "The state of the uplink: 1 for the one it is in.",
      records.flatMap(({ uplink, record }) =>
        CONDITIONS.map((condition) => ({
          labels: { uplink: uplink.name, state: condition },
          value: Number(record.state === condition),
        })),
      ),
    ),
    gauge(
      "uplink_info",
      "The network interface of the uplink.",
      records.map(({ uplink, record }) => ({
        labels: { uplink: uplink.name, interface: record.interface ?? "" },
        value: 1,
      })),
    ),
    gauge(
      "uplink_since_seconds",
      "When its state began, in Unix time.",
      each(({ record }) => record.since / 1000),
    ),
    gauge(
      "uplink_tier",
      "Its tier: lower is preferred.",
      each(({ uplink }) => uplink.tier),
    ),
    gauge(
      "uplink_weight",
      "Its weight within the tier.",
      each(({ uplink }) => uplink.weight),
    ),
    gauge(
      "uplink_share_ratio",
      "Its share of new IPv4 connections, 0 to 1.",
      each(({ uplink }) => shareOf(uplink.name, sharers, config.uplinks)),
    ),
  ];
}

function healthMetrics({ config, health }: MetricsInput): Metric[] {
  const checked = config.uplinks.flatMap((uplink) => {
    const families = health?.uplinks[uplink.name]?.families ?? {};
    return ([4, 6] as const).flatMap((family) => {
      const found = families[family];
      return found === undefined ? [] : [{ labels: { uplink: uplink.name, family: `ipv${family}` }, found }];
    });
  });
  const known = (value: (found: FamilyHealth) => number | null): Sample[] =>
    checked.flatMap(({ labels, found }) => {
      const number = value(found);
      return number === null ? [] : [{ labels, value: number }];
    });
  return [
    gauge(
      "uplink_health",
      "What the checks say of the uplink: 1 for the verdict that holds.",
      checked.flatMap(({ labels, found }) =>
        ORDER.map((verdict) => ({
          labels: { ...labels, verdict },
          value: Number(found.verdict === verdict),
        })),
      ),
    ),
    gauge(
      "uplink_loss_ratio",
      "Share of probes without an answer, 0 to 1.",
      known(({ loss }) => loss),
    ),
    gauge(
      "uplink_latency_seconds",
      "Median round trip.",
      known(({ latency }) => (latency === null ? null : latency / 1000)),
    ),
  ];
}

function ownMetrics({ configError, state, health }: MetricsInput): Metric[] {
  const one = (value: number): Sample[] => [{ labels: {}, value }];
  return [
    {
      name: "waymark_switches_total",
      help: "How often the choice of uplinks changed.",
      type: "counter",
      samples: one(state.switches ?? 0),
    },
    gauge("watch_running", "Whether waymark watch runs.", one(Number(health !== null))),
    gauge("config_valid", "Whether the configuration file is right.", one(Number(configError === null))),
  ];
}

function gauge(name: string, help: string, samples: readonly Sample[]): Metric {
  return { name: `waymark_${name}`, help, type: "gauge", samples };
}
