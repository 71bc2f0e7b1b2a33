/** Settings below /proc/sys and /sys, always those of one device (ip_forward apart). */

import type { Config } from "../config/types.ts";
import type { KernelState } from "../kernel/observe.ts";
import { sharedLans } from "./shared-lan.ts";
import type { UplinkState } from "./uplink-state.ts";

export interface Setting {
  readonly path: string;
  readonly value: string;
  /** What the kernel has; null: not known yet, to be read. */
  readonly seen: string | null;
}

const LOOSE = 2;

/**
 * What should be set for the uplinks' devices:
 * - rp_filter 2 (loose): a strict filter drops replies that come in by another line than the best one; of 0 and 2
 *   only 2 also holds where `all` is 1, since the greater of the two counts (ip-sysctl.rst);
 * - ignore_routes_with_linkdown 1: the kernel passes over a line without carrier before any process runs;
 * - arp_filter 1 in a LAN that several uplinks stand in: each address is answered for by the device that is used;
 * - ip_forward when the file says `forward = true`.
 */
export function planSettings(
  config: Config,
  uplinks: readonly UplinkState[],
  kernel: KernelState,
): Setting[] {
  const shared = new Set(
    sharedLans(uplinks).flatMap(({ members }) => members.map((member) => member.interface)),
  );
  const seen = new Map(kernel.settings.map((entry) => [`${entry.family} ${entry.interface}`, entry]));
  const perDevice = uplinks.flatMap((uplink): Setting[] => {
    const name = uplink.link?.name;
    if (name === undefined) return [];
    const four = seen.get(`4 ${name}`);
    const six = seen.get(`6 ${name}`);
    const setting = (family: "ipv4" | "ipv6", key: string, value: number, now: number | null): Setting => ({
      path: `/proc/sys/net/${family}/conf/${name}/${key}`,
      value: String(value),
      seen: now === null ? null : String(now),
    });
    return [
      ...(four === undefined
        ? []
        : [
            setting("ipv4", "rp_filter", LOOSE, four.reversePathFilter),
            setting("ipv4", "ignore_routes_with_linkdown", 1, Number(four.ignoreRoutesWithLinkdown)),
          ]),
      ...(six === undefined
        ? []
        : [setting("ipv6", "ignore_routes_with_linkdown", 1, Number(six.ignoreRoutesWithLinkdown))]),
      ...(shared.has(name) ? [setting("ipv4", "arp_filter", 1, null)] : []),
    ];
  });
  const forward: Setting[] =
    config.router.forward === true ? [{ path: "/proc/sys/net/ipv4/ip_forward", value: "1", seen: null }] : [];
  return [...perDevice, ...forward];
}
