/** What is remembered of a run. */

import { UNDECIDED } from "../health/health.ts";
import type { Desired } from "../plan/desired.ts";
import type { UplinkState } from "../plan/uplink-state.ts";
import { type Addresses, isToldUp, lastAddresses, type State, type UplinkRecord } from "../state/record.ts";

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

/** The addresses that an uplink has, or had when it last carried packets; null: it never did. */
function addressesAfter(before: State, name: string, now: UplinkRecord): Addresses | null {
  const last = lastAddresses(before, name);
  const address4 = (now.state === "up" ? now.address4 : null) ?? last.address4;
  const address6 = (now.state === "up" ? now.address6 : null) ?? last.address6;
  return address4 === null && address6 === null ? null : { address4, address6 };
}

const UNDECIDED_REASONS: readonly string[] = Object.values(UNDECIDED);

/** A line that is looked at anew, since it or its address came anew, is what it was until something is known of it. */
function isToldUpAfter(before: State, name: string, { state, reason }: UplinkRecord): boolean {
  if (state !== "checking") return state === "up";
  return UNDECIDED_REASONS.includes(reason) && isToldUp(before, name);
}

type Reached = Pick<State, "owed" | "settings" | "packetFilter" | "prefixTables">;

/** The state after a run that reached this much. */
export function stateAfter(desired: Desired, before: State, now: number, reached: Reached): State {
  const uplinks: Record<string, UplinkRecord> = {};
  const addresses: Record<string, Addresses> = {};
  const told: Record<string, boolean> = {};
  for (const found of desired.uplinks) {
    const { name } = found.uplink;
    const record = recordOf(found, before.uplinks[name], now);
    const last = addressesAfter(before, name, record);
    uplinks[name] = record;
    told[name] = isToldUpAfter(before, name, record);
    if (last !== null) addresses[name] = last;
  }
  return {
    ...before,
    ...reached,
    uplinks,
    lastAddresses: addresses,
    told,
    nameServers: desired.nameServers,
    choice: desired.choice,
    switches: (before.switches ?? 0) + Number(isSwitch(desired, before)),
    balanced: reached.packetFilter === null ? [] : desired.balanced,
    ipv6: desired.ipv6,
  };
}

/** The very first choice is none. */
function isSwitch({ choice }: Desired, before: State): boolean {
  return Object.keys(before.uplinks).length > 0 && choice.join(" ") !== before.choice.join(" ");
}
