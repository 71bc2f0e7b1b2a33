import type { FamilyCheck } from "../../../lib/cli/status-health.ts";
import type { Status, UplinkStatus } from "../../../lib/cli/status-report.ts";

/** An uplink that is well, but for what is said otherwise. */
export const uplinkStatus = (how: Partial<UplinkStatus> = {}): UplinkStatus => ({
  name: "adsl",
  interface: "eth0",
  state: "up",
  reason: "",
  address: "192.168.1.5",
  gateway: "192.168.1.1",
  address6: null,
  gateway6: null,
  tier: 1,
  weight: 1,
  mark: "0x100",
  table: 87001,
  chosen: true,
  drained: false,
  share: 1,
  since: "2026-02-03T04:05:06.789Z",
  health: null,
  loss: null,
  latency: null,
  checks: [],
  redial: null,
  ...how,
});

/** The same, checked. */
export const checked = (how: Partial<FamilyCheck> = {}, more: Partial<UplinkStatus> = {}): UplinkStatus => {
  const check: FamilyCheck = {
    family: 4,
    health: "up",
    reason: "",
    since: "2026-02-03T04:05:06.789Z",
    loss: 0,
    latency: 20,
    ...how,
  };
  const { health, loss, latency } = check;
  return uplinkStatus({ health, loss, latency, checks: [check], ...more });
};

export const status = (how: Partial<Status> = {}): Status => ({
  uplinks: [],
  choice: [],
  applied: true,
  config: { path: "/etc/waymark/waymark.toml", error: null },
  watch: { running: true },
  errors: [],
  ...how,
});
