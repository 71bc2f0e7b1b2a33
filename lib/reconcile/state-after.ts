/** What is remembered of a run. */

import type { Desired } from "../plan/desired.ts";
import type { UplinkState } from "../plan/uplink-state.ts";
import type { State, UplinkRecord } from "../state/record.ts";

/** The record of an uplink as it was found. @param now milliseconds since 1970 */
export function recordOf(uplink: UplinkState, before: UplinkRecord | undefined, now: number): UplinkRecord {
  const sameDevice = before?.index === (uplink.link?.index ?? null);
  return {
    interface: uplink.interface,
    index: uplink.link?.index ?? null,
    state: uplink.state,
    reason: uplink.reason,
    since: before?.state === uplink.state ? before.since : now,
    address4: uplink.path4?.address ?? null,
    address6: uplink.path6?.address ?? null,
    // A gateway that was learnt once is good as long as the device and its address are.
    gateway4: uplink.path4?.gateway ?? (sameDevice ? (before?.gateway4 ?? null) : null),
    gateway6: uplink.path6?.gateway ?? (sameDevice ? (before?.gateway6 ?? null) : null),
    verified: uplink.state === "up" && uplink.uplink.verify !== null,
  };
}

type Reached = Pick<State, "owed" | "settings" | "packetFilter" | "prefixTables">;

/** The state after a run that reached this much. */
export function stateAfter(desired: Desired, before: State, now: number, reached: Reached): State {
  return {
    ...before,
    ...reached,
    uplinks: Object.fromEntries(
      desired.uplinks.map((uplink) => [
        uplink.uplink.name,
        recordOf(uplink, before.uplinks[uplink.uplink.name], now),
      ]),
    ),
    choice: desired.choice,
    balanced: reached.packetFilter === null ? [] : desired.balanced,
    ipv6: desired.ipv6,
  };
}
