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
  /**
   * The file that shows whether /sys tells of this very device: a /sys that was mounted for another network namespace
   * may show one of the same name.
   */
  readonly proof?: { readonly path: string; readonly value: string };
}

/** What `spread_cpus` spreads over, and what. */
export interface Spread {
  /** Processors of the machine. */
  readonly cpus: number;
  /** By device: how many queues it has. */
  readonly queues: Readonly<Record<string, { readonly receive: number; readonly transmit: number }>>;
}

export const NO_SPREAD: Spread = { cpus: 1, queues: {} };

const LOOSE = 2;

/**
 * What should be set for the uplinks' devices:
 * - rp_filter 2 (loose): a strict filter drops replies that come in by another line than the best one; of 0 and 2
 *   only 2 also holds where `all` is 1, since the greater of the two counts (ip-sysctl.rst);
 * - ignore_routes_with_linkdown 1: the kernel passes over a line without carrier before any process runs;
 * - arp_filter 1 in a LAN that several uplinks stand in: each address is answered for by the device that is used;
 * - the queues of devices with `spread_cpus`;
 * - ip_forward when the file says `forward = true`.
 */
export function planSettings(
  config: Config,
  uplinks: readonly UplinkState[],
  kernel: KernelState,
  spread: Spread,
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
  return [...perDevice, ...uplinks.flatMap((uplink) => queueSettings(uplink, spread)), ...forward];
}

/**
 * `spread_cpus`: what a device receives is worked on by every processor (RPS), and each of its transmit queues is
 * filled by processors of its own (XPS); kernel Documentation/networking/scaling.rst. A device with one transmit
 * queue has no choice of queue and no such file.
 */
function queueSettings({ uplink, link }: UplinkState, { cpus, queues }: Spread): Setting[] {
  const found = link === null ? undefined : queues[link.name];
  if (!uplink.spreadCpus || link === null || found === undefined || cpus < 2) return [];
  const device = `/sys/class/net/${link.name}`;
  const proof = { path: `${device}/address`, value: link.hardwareAddress ?? "" };
  const queue = (path: string, bits: bigint): Setting => ({
    path: `${device}/queues/${path}`,
    value: cpuMask(bits),
    seen: null,
    proof,
  });
  const all = (1n << BigInt(cpus)) - 1n;
  const share = (place: number, queues: number) => {
    let bits = 0n;
    for (let cpu = place % cpus; cpu < cpus; cpu += queues) bits |= 1n << BigInt(cpu);
    return bits;
  };
  return [
    ...Array.from({ length: found.receive }, (_, place) => queue(`rx-${place}/rps_cpus`, all)),
    ...(found.transmit < 2
      ? []
      : Array.from({ length: found.transmit }, (_, place) =>
          queue(`tx-${place}/xps_cpus`, share(place, found.transmit)),
        )),
  ];
}

/** Groups of eight hexadecimal digits, highest first, as the kernel reads and prints processor masks. */
export function cpuMask(bits: bigint): string {
  const digits = bits.toString(16);
  const padded = digits.padStart(Math.ceil(digits.length / 8) * 8, "0");
  return (padded.match(/.{8}/g) ?? []).join(",").replace(/^0+(?=.)/, "");
}
