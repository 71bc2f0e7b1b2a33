/** How each uplink stands: which device it is, whether it can carry packets, by which address and gateway. */

import type { Config, Uplink } from "../config/types.ts";
import { UNDECIDED, type UplinkHealth, type Verdict } from "../health/health.ts";
import { type Use, usable } from "../health/usable.ts";
import { type Address, connectedPrefix, type Link } from "../kernel/link.ts";
import type { KernelState } from "../kernel/observe.ts";
import type { Route } from "../kernel/route.ts";
import { addressFamily, contains, type Family, type Prefix } from "../net/prefix.ts";
import type { State, UplinkCondition, UplinkRecord } from "../state/record.ts";
import { TABLE } from "./layout.ts";
import { markOf, type Numbers } from "./marks.ts";

/** How packets of one family leave by an uplink. */
export interface Path {
  readonly family: Family;
  /** The address new connections of this machine use. */
  readonly address: string;
  /** null: the device is the whole next hop (point-to-point). */
  readonly gateway: string | null;
  /** The gateway lies in none of the device's own networks. */
  readonly onlink: boolean;
  /** The networks directly on the device. */
  readonly networks: readonly Prefix[];
  /** Every usable address of the family on the device. */
  readonly addresses: readonly string[];
}

export interface UplinkState {
  readonly uplink: Uplink;
  /** 1 to 255, for ever this uplink's. */
  readonly number: number;
  readonly mark: number;
  readonly table: number;
  /** null: a PPP session that no device is known of. */
  readonly interface: string | null;
  readonly link: Link | null;
  readonly state: UplinkCondition;
  /** Why it is not up; empty when it is. */
  readonly reason: string;
  /** Keeps its connections and gets no new ones. */
  readonly drained: boolean;
  readonly path4: Path | null;
  readonly path6: Path | null;
  /** How far the health checks allow it to be used, by family; "full" where nothing is checked. */
  readonly use4: Use;
  readonly use6: Use;
}

/** What the health checks say, by uplink name; null while no `waymark watch` runs. */
export type Healths = Readonly<Record<string, UplinkHealth>> | null;

/** Which device each `peer` is, by uplink name; what the hooks and pppd's own files told. */
export type PeerDevices = Readonly<Record<string, string>>;

/**
 * Says of every uplink how it stands.
 * @param numbers one for each uplink's name
 * @param peers devices of the uplinks that have a `peer`
 * @param state what was remembered: learnt gateways, switches set by hand, gateways that answered
 */
export function uplinkStates(
  config: Config,
  numbers: Numbers,
  kernel: KernelState,
  peers: PeerDevices,
  state: State,
  healths: Healths = null,
): UplinkState[] {
  const links = new Map(kernel.links.map((link) => [link.name, link]));
  const defaults = mainDefaults(kernel);
  const owners = ownersOf(config.uplinks, peers);
  const found = config.uplinks.map((uplink) => {
    const number = numbers[uplink.name] ?? 0;
    const claimed = uplink.interface ?? peers[uplink.name] ?? null;
    const owner = claimed === null ? uplink.name : owners.get(claimed);
    const device = owner === uplink.name ? claimed : null;
    const link = device === null ? null : (links.get(device) ?? null);
    const before = state.uplinks[uplink.name];
    const path4 = link === null ? null : pathOf(4, uplink, link, defaults, before, state);
    const path6 = link === null ? null : pathOf(6, uplink, link, defaults, before, state);
    const carrier = uplink.carrier === null ? link : (links.get(uplink.carrier) ?? null);
    const found = { uplink, link, device, carrier, path4, path6, before };
    const manual = state.manual[uplink.name];
    const condition =
      owner === uplink.name || manual === "disabled"
        ? conditionOf(found, manual === "disabled")
        : { state: "down" as const, reason: `${claimed} is the line of [uplink.${owner}] now` };
    return {
      uplink,
      number,
      mark: markOf(number, config.marks.mask),
      table: TABLE.uplink + number,
      interface: device,
      link,
      ...condition,
      drained: manual === "drained",
      path4,
      path6,
      use4: "full" as Use,
      use6: "full" as Use,
    };
  });
  return healths === null ? found : withHealth(found, healths, state.choice);
}

/**
 * By device, whose it is. The file lets no device stand twice, but a PPP session gets the lowest number that is free,
 * which may be the one that another uplink is written with: who is known by its peer is known for certain.
 */
function ownersOf(uplinks: readonly Uplink[], peers: PeerDevices): Map<string, string> {
  const owners = new Map<string, string>();
  const claim = (device: string | null | undefined, name: string) => {
    if (typeof device === "string" && !owners.has(device)) owners.set(device, name);
  };
  for (const { name, interface: device } of uplinks) if (device === null) claim(peers[name], name);
  for (const { name, interface: device } of uplinks) claim(device, name);
  return owners;
}

const FAMILIES = [4, 6] as const;

/** Takes the verdicts of the health checks into account, family by family. */
function withHealth(
  uplinks: readonly UplinkState[],
  healths: NonNullable<Healths>,
  lastChoice: readonly string[],
): UplinkState[] {
  const [uses4, uses6] = FAMILIES.map((family) => {
    const candidates = uplinks.filter((uplink) => livePath(uplink, family) !== null && !uplink.drained);
    const verdicts = candidates.map(
      ({ uplink }) => [uplink.name, verdictOf(uplink, family, healths)] as const,
    );
    return usable(Object.fromEntries(verdicts), lastChoice);
  });
  return uplinks.map((uplink) => {
    const { name, check } = uplink.uplink;
    const after: UplinkState = { ...uplink, use4: uses4?.[name] ?? "full", use6: uses6?.[name] ?? "full" };
    if (uplink.state !== "up" || check === null) return after;
    const health = healths[name];
    const reason = health?.reason ?? UNDECIDED.notAsked;
    if (FAMILIES.some((family) => livePath(after, family) !== null)) {
      return health === undefined ? after : { ...after, reason };
    }
    return { ...after, state: health?.verdict === "down" ? "down" : "checking", reason };
  });
}

/** @returns null: nothing is checked there */
function verdictOf({ name, check }: Uplink, family: Family, healths: NonNullable<Healths>): Verdict | null {
  const targets = check?.targets.filter((target) => target.family === null || target.family === family) ?? [];
  // What is to be checked and was not yet is being checked.
  return targets.length === 0 ? null : (healths[name]?.families[family]?.verdict ?? "checking");
}

interface Found {
  readonly uplink: Uplink;
  readonly link: Link | null;
  readonly device: string | null;
  readonly carrier: Link | null;
  readonly path4: Path | null;
  readonly path6: Path | null;
  readonly before: UplinkRecord | undefined;
}

function conditionOf(found: Found, disabled: boolean): { state: UplinkCondition; reason: string } {
  const { uplink, link, path4, path6 } = found;
  if (disabled) return { state: "disabled", reason: "switched off by hand (waymark enable switches it on)" };
  if (link === null) {
    const reason =
      uplink.peer === null || found.device !== null
        ? `there is no interface ${found.device}`
        : `PPP peer "${uplink.peer}" is not connected`;
    return { state: "absent", reason };
  }
  if (!link.up)
    return { state: "down", reason: `${link.name} is switched off (ip link set ${link.name} up)` };
  if (uplink.carrier !== null && found.carrier === null) {
    return { state: "down", reason: `there is no interface ${uplink.carrier}, whose carrier counts` };
  }
  if (!link.carrier || found.carrier?.carrier === false || found.carrier?.up === false) {
    return { state: "down", reason: `no carrier on ${uplink.carrier ?? link.name}` };
  }
  if (path4 === null && path6 === null) return { state: "down", reason: whyNoPath(uplink, link) };
  if (uplink.verify === "gateway" && !isVerified(found)) {
    return { state: "checking", reason: `gateway ${path4?.gateway ?? path6?.gateway} has not answered yet` };
  }
  return { state: "up", reason: "" };
}

/** Whether the gateway answered since this device, with this gateway, got its carrier. */
function isVerified({ link, path4, path6, before }: Found): boolean {
  const gateway = path4 === null ? path6?.gateway : path4.gateway;
  if (gateway === null) return true;
  const known = path4 === null ? before?.gateway6 : before?.gateway4;
  return before?.verified === true && before.index === link?.index && known === gateway;
}

function whyNoPath(uplink: Uplink, link: Link): string {
  const usable = link.addresses.filter((address) => address.usable);
  if (usable.length === 0) return `${link.name} has no address`;
  if (usable.every((address) => isSelfAssigned(address, link)))
    return `${link.name} has only the address ${usable[0]?.local}, which it gave itself: no DHCP server answered`;
  return `no gateway is known for ${link.name}: neither NetworkManager, DHCP nor the main table told one; write gateway = "…" in [uplink.${uplink.name}]`;
}

/** Addresses that reach the internet: not link-local (for IPv6, scope says so), not unique-local (RFC 4193). */
function reachesOut(address: Address, link: Link): boolean {
  if (!address.usable || isSelfAssigned(address, link)) return false;
  return !(address.family === 6 && /^f[cd]/.test(address.local));
}

/**
 * What a host takes when nobody gives it an address (RFC 3927); dhcpcd adds a default route. No router forwards it.
 * The ends of a tunnel are often numbered so, by hand.
 */
function isSelfAssigned(address: Address, link: Link): boolean {
  return address.family === 4 && address.local.startsWith("169.254.") && !link.pointToPoint;
}

function pathOf(
  family: Family,
  uplink: Uplink,
  link: Link,
  defaults: MainDefaults,
  before: UplinkRecord | undefined,
  state: State,
): Path | null {
  const addresses = link.addresses.filter(
    (address) => address.family === family && reachesOut(address, link),
  );
  const first = addresses[0];
  if (first === undefined) return null;
  const gateway = gatewayOf(family, uplink, link, defaults, before, state, addresses);
  if (gateway === undefined) return null;
  const networks = addresses.map(connectedPrefix);
  const near =
    gateway === null ? undefined : addresses.find((_, place) => contains(networks[place] as Prefix, gateway));
  const linkLocal = gateway?.startsWith("fe80:") === true;
  return {
    family,
    address: (near ?? first).local,
    gateway,
    onlink: gateway !== null && near === undefined && !linkLocal,
    networks: distinct(networks),
    addresses: addresses.map((address) => address.local),
  };
}

/** By family and device, the default route of the main table that counts. */
type MainDefaults = ReadonlyMap<string, Route>;

/** RT_TABLE_MAIN */
const MAIN = 254;

function mainDefaults({ routes }: KernelState): MainDefaults {
  const found = new Map<string, Route>();
  for (const route of routes) {
    if (route.table !== MAIN || route.destination !== "default" || route.type !== "unicast") continue;
    const key = `${route.family} ${route.device}`;
    const other = found.get(key);
    if (other === undefined || route.metric < other.metric) found.set(key, route);
  }
  return found;
}

/** @returns undefined: none is known; null: none is needed. */
function gatewayOf(
  family: Family,
  uplink: Uplink,
  link: Link,
  defaults: MainDefaults,
  before: UplinkRecord | undefined,
  state: State,
  addresses: readonly Address[],
): string | null | undefined {
  if (uplink.gateway !== null && addressFamily(uplink.gateway) === family) return uplink.gateway;
  if (link.pointToPoint) return null;
  const fromMain = defaults.get(`${family} ${link.name}`);
  if (fromMain !== undefined) return fromMain.gateway;
  const known = addresses.map((address) => address.local);
  const stillGood = (gateway: string | null | undefined, toldWith: string | null | undefined) =>
    typeof gateway === "string" &&
    (isNear(gateway, addresses) || (typeof toldWith === "string" && known.includes(toldWith)));
  const told = state.facts[link.name];
  if (told?.index === link.index) {
    const { facts } = told;
    const [gateway, toldWith] =
      family === 4 ? [facts.gateway4, facts.local4] : [facts.gateway6, facts.local6];
    if (stillGood(gateway, toldWith)) return gateway;
  }
  if (before?.index !== link.index) return undefined;
  const [learnt, learntWith] =
    family === 4 ? [before.gateway4, before.address4] : [before.gateway6, before.address6];
  return stillGood(learnt, learntWith) ? learnt : undefined;
}

/** A gateway that was told once still fits the addresses of now. */
function isNear(gateway: string, addresses: readonly Address[]): boolean {
  return (
    gateway.startsWith("fe80:") || addresses.some((address) => contains(connectedPrefix(address), gateway))
  );
}

function distinct(prefixes: readonly Prefix[]): readonly Prefix[] {
  if (prefixes.length < 2) return prefixes;
  const seen = new Map(prefixes.map((prefix) => [`${prefix.address}/${prefix.length}`, prefix]));
  return [...seen.values()];
}

/** The uplink's path in a family, if it carries packets now. */
export function livePath(uplink: UplinkState, family: Family): Path | null {
  if (uplink.state !== "up" || useOf(uplink, family) === "none") return null;
  return family === 4 ? uplink.path4 : uplink.path6;
}

/** How far the uplink is to be used in a family. */
export function useOf(uplink: UplinkState, family: Family): Use {
  return family === 4 ? uplink.use4 : uplink.use6;
}
