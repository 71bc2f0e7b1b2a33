/** A notice as the environment of the programs that are told of it; docs/notify.md is the contract. Pure. */

import type { FamilyHealth, UplinkHealth } from "../health/health.ts";
import type { Notice } from "./notice.ts";

/** What only the configuration and the health checks know. */
export interface Circumstances {
  /** By uplink name. */
  readonly tiers: Readonly<Record<string, number>>;
  /** By uplink name; empty where nobody checks. */
  readonly health: Readonly<Record<string, UplinkHealth>>;
}

/**
 * The variables, all of them always set: what is not known, or makes no sense for the event, is empty. Addresses are of
 * the kernel's canonical text, names of the configuration's alphabet; whatever else there is has no control characters.
 */
export function environmentOf(notice: Notice, { tiers, health }: Circumstances): Record<string, string> {
  const { event, at, uplink, now, before, old, reason, choice, oldChoice } = notice;
  const known = uplink === null ? undefined : health[uplink];
  return cleaned({
    WAYMARK_EVENT: event,
    WAYMARK_TIME: seconds(at),
    WAYMARK_UPLINK: uplink ?? "",
    WAYMARK_INTERFACE: now?.interface ?? before?.interface ?? "",
    WAYMARK_TIER: uplink === null ? "" : String(tiers[uplink] ?? ""),
    WAYMARK_STATE: now?.state ?? "",
    WAYMARK_OLD_STATE: before?.state ?? "",
    WAYMARK_LASTED: before === null || event === "switch" ? "" : seconds(Math.max(0, at - before.since)),
    WAYMARK_REASON: reason,
    WAYMARK_ADDRESS: now?.address4 ?? now?.address6 ?? "",
    WAYMARK_ADDRESS4: now?.address4 ?? "",
    WAYMARK_ADDRESS6: now?.address6 ?? "",
    WAYMARK_OLD_ADDRESS: old.address4 ?? old.address6 ?? "",
    WAYMARK_OLD_ADDRESS4: old.address4 ?? "",
    WAYMARK_OLD_ADDRESS6: old.address6 ?? "",
    WAYMARK_GATEWAY: now?.gateway4 ?? now?.gateway6 ?? "",
    WAYMARK_GATEWAY4: now?.gateway4 ?? "",
    WAYMARK_GATEWAY6: now?.gateway6 ?? "",
    WAYMARK_CHOICE: choice.join(" "),
    WAYMARK_OLD_CHOICE: oldChoice.join(" "),
    WAYMARK_CHOSEN: uplink !== null && choice.includes(uplink) ? "yes" : "no",
    ...counters(known?.families[4] ?? known?.families[6]),
  });
}

const seconds = (milliseconds: number) => String(Math.floor(milliseconds / 1000));

/** What the health check counted over its newest probes, as the link status monitor of old told its scripts. */
function counters(health: FamilyHealth | undefined): Record<string, string> {
  const recent = health?.recent ?? [];
  const replied = recent.filter((time) => time !== null).length;
  const lastLost = recent.lastIndexOf(null);
  const lastReplied = recent.reduce<number>((last, time, place) => (time === null ? last : place), -1);
  const counted = (value: number) => (recent.length === 0 ? "" : String(value));
  return {
    WAYMARK_LOSS: rounded(health?.loss, 100),
    WAYMARK_LATENCY: rounded(health?.latency, 1),
    WAYMARK_PROBES: counted(recent.length),
    WAYMARK_REPLIED: counted(replied),
    WAYMARK_LOST: counted(recent.length - replied),
    WAYMARK_REPLIED_IN_ROW: counted(recent.length - 1 - lastLost),
    WAYMARK_LOST_IN_ROW: counted(recent.length - 1 - lastReplied),
  };
}

function rounded(value: number | null | undefined, factor: number): string {
  return value === null || value === undefined ? "" : String(Math.round(value * factor));
}

/** A reason quotes names that others chose. */
const LONGEST = 500;

function cleaned(variables: Readonly<Record<string, string>>): Record<string, string> {
  const clean = (text: string) => text.replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, " ").slice(0, LONGEST);
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, clean(value)]));
}
