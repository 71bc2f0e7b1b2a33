/** Which connections are to be let go: those of a line that died, of an address that is gone, of a metered line. */

import { addressFamily } from "../net/prefix.ts";
import type { Owed, State } from "../state/record.ts";
import type { Desired } from "./desired.ts";
import { hex, markOf, type Numbers } from "./marks.ts";
import type { UplinkState } from "./uplink-state.ts";

export interface Release {
  /** Everything due now, whether it can be let go or not. */
  readonly due: Readonly<Record<string, Owed>>;
  /** What is still owed after this run: there is nowhere to go yet. */
  readonly owed: Readonly<Record<string, Owed>>;
  /** Lines for `conntrack -R`, to be run after the switch. */
  readonly lines: readonly string[];
  /** Names of the uplinks concerned. */
  readonly uplinks: readonly string[];
}

const NOTHING_OWED: Owed = { all: false, addresses: [] };

/**
 * Compares how the uplinks were with how they are.
 * A connection is let go only when its uplink is down for good reason, its address is gone, or it must move back from
 * a metered line; only after the switch; and only if some uplink can take it, since otherwise its next packet would
 * pin it again to the dead line (kernel: a deleted entry is made anew by the next packet).
 * @param numbers also of uplinks that the file no longer has
 */
export function planRelease(desired: Desired, before: State, mask: number, numbers: Numbers = {}): Release {
  const isThere = presence(desired);
  const all: Record<string, Owed> = {};
  const owed: Record<string, Owed> = {};
  const lines: string[] = [];
  const uplinks: string[] = [];
  for (const uplink of desired.uplinks) {
    const { name } = uplink.uplink;
    const due = dueOf(uplink, desired, before, isThere);
    if (!due.all && due.addresses.length === 0) continue;
    all[name] = due;
    const refuge = desired.choice.some((other) => other !== name || !due.all);
    if (!refuge) {
      owed[name] = due;
      continue;
    }
    uplinks.push(name);
    lines.push(...conntrackLines(uplink, due, mask, before.ipv6 || desired.ipv6));
  }
  for (const name of removed(desired, before)) {
    const number = numbers[name];
    if (number === undefined) continue;
    all[name] = { all: true, addresses: [] };
    if (desired.choice.length === 0) {
      owed[name] = all[name];
      continue;
    }
    uplinks.push(name);
    lines.push(...markLines(markOf(number, mask), mask, before.ipv6 || desired.ipv6));
  }
  return { due: all, owed, lines, uplinks };
}

/** Whether an address is on some uplink's device; most are asked about never. */
function presence({ uplinks }: Desired): (address: string) => boolean {
  let present: ReadonlySet<string> | undefined;
  return (address) => {
    present ??= new Set(uplinks.flatMap(({ link }) => (link?.addresses ?? []).map(({ local }) => local)));
    return present.has(address);
  };
}

function dueOf(
  uplink: UplinkState,
  desired: Desired,
  before: State,
  isThere: (address: string) => boolean,
): Owed {
  const { name, failback } = uplink.uplink;
  const pending = before.owed[name] ?? NOTHING_OWED;
  const last = before.uplinks[name];
  const lost = last?.state === "up" && uplink.state !== "up";
  const moved = failback === "move" && before.choice.includes(name) && movesUp(uplink, desired);
  const stillDown = pending.all && uplink.state !== "up";
  const own = [uplink.path4?.address, uplink.path6?.address];
  const gone = [last?.address4, last?.address6, ...pending.addresses].filter(
    (address): address is string =>
      typeof address === "string" && !own.includes(address) && !isThere(address),
  );
  return { all: lost || moved || stillDown, addresses: [...new Set(gone)] };
}

/** Every uplink of the choice is of a better tier. */
function movesUp(uplink: UplinkState, desired: Desired): boolean {
  const tiers = desired.uplinks
    .filter((other) => desired.choice.includes(other.uplink.name))
    .map((other) => other.uplink.tier);
  return tiers.length > 0 && tiers.every((tier) => tier < uplink.uplink.tier);
}

/** Each line makes the kernel walk its whole table, so none is there that deletes nothing. */
function conntrackLines(uplink: UplinkState, due: Owed, mask: number, ipv6: boolean): string[] {
  const marked = due.all && uplink.uplink.pin;
  const byMark = markLines(uplink.mark, mask, ipv6);
  // A dead line's connections all bear its mark, but for those of sockets with another program's mark; of these
  // only what `snat` translated outlives the device.
  if (marked && uplink.uplink.nat !== "snat") return byMark;
  const byAddress = due.addresses.flatMap((address) => {
    const family = addressFamily(address) === 6 ? "ipv6" : "ipv4";
    // Translated to it or begun from it; and begun towards it from outside.
    return [`-D -f ${family} --reply-dst ${address}`, `-D -f ${family} --orig-dst ${address}`];
  });
  return marked ? [...byMark, ...byAddress] : byAddress;
}

function markLines(mark: number, mask: number, ipv6: boolean): string[] {
  const families = ipv6 ? ["ipv4", "ipv6"] : ["ipv4"];
  return families.map((family) => `-D -f ${family} --mark ${hex(mark)}/${hex(mask)}`);
}

/** Uplinks that the file no longer has: their connections are pinned to nothing. */
function removed(desired: Desired, before: State): string[] {
  const names = new Set(desired.uplinks.map(({ uplink }) => uplink.name));
  return [...new Set([...Object.keys(before.uplinks), ...Object.keys(before.owed)])].filter(
    (name) => !names.has(name),
  );
}
