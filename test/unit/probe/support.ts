import type { Check } from "../../../lib/config/types.ts";

/** A check with what matters to those who probe. */
export function aCheck(how: Partial<Check> = {}): Check {
  return {
    method: "ping",
    targets: [{ name: "192.0.2.1", family: 4, host: "192.0.2.1", port: null }],
    interval: 1000,
    timeout: 1000,
    downAfter: 3,
    upAfter: 5,
    quorum: 1,
    window: 20,
    maxLoss: null,
    maxLatency: null,
    downLoss: null,
    downLatency: null,
    expect: null,
    keyword: null,
    query: null,
    ...how,
  };
}
