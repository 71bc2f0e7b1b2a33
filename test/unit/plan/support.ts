/** A kernel in a few words, and the plan that is made for it. */

import type { Address, Link } from "../../../lib/kernel/link.ts";
import type { KernelState } from "../../../lib/kernel/observe.ts";
import type { Route } from "../../../lib/kernel/route.ts";
import { type Desired, planDesired } from "../../../lib/plan/desired.ts";
import { allocateNumbers } from "../../../lib/plan/marks.ts";
import type { Spread } from "../../../lib/plan/settings.ts";
import type { Healths } from "../../../lib/plan/uplink-state.ts";
import { NO_STATE, type State, type UplinkRecord } from "../../../lib/state/record.ts";
import { configOf } from "../config/reading.ts";

/** `192.0.2.5/24` or `100.64.0.7 peer 100.64.0.1` */
export function anAddress(text: string): Address {
  const [own = "", , peer = null] = text.split(" ");
  const [local = "", length] = own.split("/");
  const family = local.includes(":") ? 6 : 4;
  const usable = !local.startsWith("fe80:");
  return { family, local, length: Number(length ?? (family === 4 ? 32 : 128)), peer, usable };
}

let index = 10;

/** A link that is up and has a carrier. */
export function aLink(name: string, addresses: readonly string[], how: Partial<Link> = {}): Link {
  return {
    index: index++,
    name,
    up: true,
    carrier: true,
    pointToPoint: name.startsWith("ppp"),
    hardwareAddress: null,
    addresses: addresses.map(anAddress),
    ...how,
  };
}

/** A default route of main. */
export function mainDefault(device: string, gateway: string | null, how: Partial<Route> = {}): Route {
  return {
    family: 4,
    table: 254,
    type: "unicast",
    destination: "default",
    gateway,
    device,
    metric: 100,
    protocol: 16,
    source: null,
    onlink: false,
    realm: 0,
    ...how,
  };
}

export interface Given {
  readonly links?: readonly Link[];
  readonly main?: readonly Route[];
  readonly peers?: Readonly<Record<string, string>>;
  readonly state?: Partial<State>;
  readonly spread?: Spread;
  readonly healths?: Healths;
}

export function aKernel({ links = [], main = [] }: Given): KernelState {
  const settings = links.flatMap(({ name }) =>
    ([4, 6] as const).map((family) => ({
      family,
      interface: name,
      reversePathFilter: family === 4 ? 0 : null,
      ignoreRoutesWithLinkdown: false,
    })),
  );
  return { links, routes: main, rules: [], settings };
}

/** The plan of a configuration for a kernel. */
export function planOf(text: string, given: Given = {}): Desired {
  const config = configOf(text);
  const names = config.uplinks.map(({ name }) => name);
  const numbers = allocateNumbers(names, {}, config.marks.mask);
  const state = { ...NO_STATE, ...given.state };
  return planDesired(config, numbers, aKernel(given), given.peers ?? {}, state, given.spread, given.healths);
}

/** What was remembered of an uplink that was up. */
export function aRecord(how: Partial<UplinkRecord> = {}): UplinkRecord {
  return {
    interface: null,
    index: null,
    state: "up",
    reason: "",
    since: 0,
    address4: null,
    address6: null,
    gateway4: null,
    gateway6: null,
    verified: false,
    ...how,
  };
}

/** An uplink section with an interface of its own name, unless `more` says otherwise. */
export function uplink(name: string, more: string): string {
  const device = /^(interface|peer) /m.test(more) ? "" : `interface = "${name}"\n`;
  return `[uplink.${name}]\n${device}${more}\n`;
}
