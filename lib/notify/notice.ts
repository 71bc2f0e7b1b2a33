/** What happened that somebody may want to be told of: the difference between two states of the record. Pure. */

import { type Addresses, isToldUp, lastAddresses, type State, type UplinkRecord } from "../state/record.ts";

/**
 * - `up`: an uplink carries packets now, and did not before
 * - `down`: it did, and does not any more
 * - `address`: it has another address than when it last carried packets
 * - `switch`: new connections go by other uplinks than before
 */
export type NoticeEvent = "up" | "down" | "address" | "switch";

export interface Notice {
  readonly event: NoticeEvent;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The uplink it is about; of a switch, the first of the new choice, null if that is empty. */
  readonly uplink: string | null;
  readonly now: UplinkRecord | null;
  readonly before: UplinkRecord | null;
  /** What it had when it last carried packets, before this. */
  readonly old: Addresses;
  /** Why, in words; empty for good news. */
  readonly reason: string;
  /** Names of the uplinks that new connections go to, now and before. */
  readonly choice: readonly string[];
  readonly oldChoice: readonly string[];
}

const NONE: Addresses = { address4: null, address6: null };

/**
 * What is worth telling of a run: first what went down, then what came up, then addresses, then the switch.
 * @param at when the run was, milliseconds since 1970
 */
export function noticesOf(before: State, after: State, at: number): Notice[] {
  const about = (event: NoticeEvent, name: string | null, reason: string): Notice => ({
    event,
    at,
    uplink: name,
    now: name === null ? null : (after.uplinks[name] ?? null),
    before: name === null ? null : (before.uplinks[name] ?? null),
    old: name === null ? NONE : lastAddresses(before, name),
    reason,
    choice: after.choice,
    oldChoice: before.choice,
  });
  const names = Object.keys(after.uplinks);
  const wasUp = (name: string) => isToldUp(before, name);
  const isUp = (name: string) => isToldUp(after, name);
  const gone = names.filter((name) => wasUp(name) && !isUp(name));
  const come = names.filter((name) => isUp(name) && !wasUp(name));
  const moved = names.filter((name) => carries(after, name) && hasMoved(before, after, name));
  const switched = before.choice.join(" ") !== after.choice.join(" ");
  return [
    ...gone.map((name) => about("down", name, reasonOf(after, name))),
    ...come.map((name) => about("up", name, "")),
    ...moved.map((name) => about("address", name, "")),
    ...(switched ? [about("switch", after.choice[0] ?? null, whySwitched(before, after))] : []),
  ];
}

const carries = (state: State, name: string): boolean => state.uplinks[name]?.state === "up";

function hasMoved(before: State, after: State, name: string): boolean {
  const [last, now] = [lastAddresses(before, name), after.uplinks[name]];
  const differs = (key: "address4" | "address6") =>
    now?.[key] !== undefined && now[key] !== null && now[key] !== last[key];
  return differs("address4") || differs("address6");
}

function reasonOf(state: State, name: string): string {
  const record = state.uplinks[name];
  if (record === undefined) return "no longer configured";
  if (state.manual[name] === "drained") return "drained by hand";
  return record.reason === "" ? record.state : record.reason;
}

/** Those that the choice lost, and why; if all of them work as they should, those that outdo them. */
function whySwitched(before: State, after: State): string {
  const isWell = (name: string) => {
    const record = after.uplinks[name];
    return record?.state === "up" && record.reason === "" && after.manual[name] === undefined;
  };
  const lost = before.choice.filter((name) => !after.choice.includes(name) && !isWell(name));
  const won = after.choice.filter((name) => !before.choice.includes(name));
  return lost.length > 0
    ? lost.map((name) => `${name}: ${reasonOf(after, name)}`).join("; ")
    : won.map((name) => `${name} is up`).join("; ");
}
