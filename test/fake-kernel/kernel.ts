/**
 * A kernel in memory: links, routes, rules, settings, the packet filter, and what the kernel does by itself when a link
 * or an address comes or goes (as Linux 6 does: IPv4 routes go with the last IPv4 address, IPv6 ones with the link).
 */

import { type Family, formatPrefix, networkOf } from "../../lib/net/prefix.ts";
import { NftTables } from "./nft.ts";
import type { FakeAddress, FakeConnection, FakeLink, FakeNeighbour, FakeRoute } from "./objects.ts";
import { covers, take } from "./objects.ts";
import { addRule, type FakeRule, parseRule, showRule } from "./rules.ts";

/** Settings that every link has, with the value a new link begins with. */
const LINK_SETTINGS = [
  ["ipv4", "rp_filter"],
  ["ipv4", "arp_filter"],
  ["ipv4", "ignore_routes_with_linkdown"],
  ["ipv6", "ignore_routes_with_linkdown"],
] as const;

/** Masks of processors, two queues each way. */
const QUEUES = ["rx-0/rps_cpus", "rx-1/rps_cpus", "tx-0/xps_cpus", "tx-1/xps_cpus"] as const;

const queuePath = (name: string, queue: string) => `/sys/class/net/${name}/queues/${queue}`;

export function hardwareAddress(link: FakeLink): string {
  return link.pointToPoint ? "" : `02:00:00:00:00:${link.index.toString(16).padStart(2, "0")}`;
}

const settingPath = (family: string, name: string, key: string) =>
  `/proc/sys/net/${family}/conf/${name}/${key}`;

export class FakeKernel {
  readonly links = new Map<string, FakeLink>();
  readonly routes: FakeRoute[] = [];
  readonly rules: FakeRule[] = [];
  readonly settings = new Map<string, string>([["/proc/sys/net/ipv4/ip_forward", "0"]]);
  readonly neighbours: FakeNeighbour[] = [];
  readonly connections: FakeConnection[] = [];
  readonly nft = new NftTables();
  /** What the tools changed, one line for each object. */
  readonly journal: string[] = [];
  /** Called after each change that a tool made. */
  watch: (change: string) => void = () => undefined;
  private nextIndex = 2;

  constructor() {
    for (const words of ["priority 0 lookup 255", "priority 32766 lookup 254", "priority 32767 lookup 253"]) {
      addRule(this.rules, parseRule(4, `${words} protocol 2`.split(" ")));
    }
    for (const words of ["priority 0 lookup 255", "priority 32766 lookup 254"]) {
      addRule(this.rules, parseRule(6, `${words} protocol 2`.split(" ")));
    }
    const lo = this.addLink("lo", { up: true, carrier: true, pointToPoint: false });
    lo.addresses.push({ family: 4, local: "127.0.0.1", length: 8, peer: null });
  }

  /** A tool changed something. */
  changed(change: string): void {
    this.journal.push(change);
    this.watch(change);
  }

  addLink(name: string, how: Pick<FakeLink, "up" | "carrier" | "pointToPoint">): FakeLink {
    const link: FakeLink = {
      index: name === "lo" ? 1 : this.nextIndex++,
      name,
      ...how,
      addresses: [],
      answers: new Set(),
    };
    this.links.set(name, link);
    for (const [family, key] of LINK_SETTINGS) this.settings.set(settingPath(family, name, key), "0");
    for (const queue of QUEUES) this.writeSetting(queuePath(name, queue), "0", true);
    this.settings.set(`/sys/class/net/${name}/address`, hardwareAddress(link));
    return link;
  }

  /** As writing to the file does: a mask of processors is printed with leading zeros. */
  writeSetting(path: string, value: string, fresh = false): void {
    if (!fresh && !this.settings.has(path))
      throw new Error(`ENOENT: no such file or directory, open '${path}'`);
    this.settings.set(path, path.endsWith("_cpus") ? value.padStart(8, "0") : value);
  }

  removeLink(name: string): void {
    this.links.delete(name);
    for (const path of [...this.settings.keys()])
      if (path.startsWith(`/sys/class/net/${name}/`)) this.settings.delete(path);
    take(this.routes, (route) => route.device === name);
    take(this.neighbours, (entry) => entry.device === name);
    for (const [family, key] of LINK_SETTINGS) this.settings.delete(settingPath(family, name, key));
  }

  /** Up brings the connected routes; down takes every route of the device, and its IPv6 addresses. */
  setUp(name: string, up: boolean): void {
    const link = this.links.get(name);
    if (link === undefined || link.up === up) return;
    link.up = up;
    if (up) for (const address of link.addresses) this.addConnected(link, address);
    else {
      take(this.routes, (route) => route.device === name);
      take(this.neighbours, (entry) => entry.device === name);
      take(link.addresses, (address) => address.family === 6);
    }
  }

  setCarrier(name: string, carrier: boolean): void {
    const link = this.links.get(name);
    if (link !== undefined) link.carrier = carrier;
  }

  addAddress(name: string, text: string, peer: string | null = null): void {
    const link = this.links.get(name);
    const [local = "", length] = text.split("/");
    const family: Family = local.includes(":") ? 6 : 4;
    if (link === undefined || link.addresses.some((address) => address.local === local)) return;
    const address = { family, local, length: Number(length ?? (family === 4 ? 32 : 128)), peer };
    link.addresses.push(address);
    if (link.up) this.addConnected(link, address);
  }

  removeAddress(name: string, local: string): void {
    const link = this.links.get(name);
    const gone = take(link?.addresses ?? [], (address) => address.local === local)[0];
    if (link === undefined || gone === undefined) return;
    const left = link.addresses.filter(({ family }) => family === gone.family);
    const connected = connectedText(gone);
    take(
      this.routes,
      (route) =>
        route.family === gone.family &&
        ((route.device === name &&
          ((gone.family === 4 && left.length === 0) ||
            (route.protocol === 2 &&
              route.destination === connected &&
              !left.some((other) => connectedText(other) === connected)))) ||
          // A route with the address as its source goes from main, and stays in other tables.
          (route.table === 254 && route.source === local)),
    );
  }

  private addConnected(link: FakeLink, address: FakeAddress): void {
    if (link.name === "lo") return;
    this.addRoute({
      family: address.family,
      destination: connectedText(address),
      device: link.name,
      metric: address.family === 4 ? 0 : 256,
      protocol: 2,
      source: address.family === 4 ? address.local : null,
    });
  }

  /** A route as somebody else would add it: in main unless said otherwise; one with the same key is replaced. */
  addRoute(given: Partial<FakeRoute>): void {
    const route: FakeRoute = {
      family: 4,
      table: 254,
      type: 1,
      destination: "default",
      gateway: null,
      device: null,
      metric: 0,
      protocol: 3,
      source: null,
      onlink: false,
      realm: 0,
      ...given,
    };
    const place = this.routes.findIndex((other) => slotOf(other) === slotOf(route));
    if (place >= 0) this.routes[place] = route;
    else this.routes.push(route);
  }

  /** Whether the gateway lies in a network of the device. */
  isReachable(gateway: string, device: string): boolean {
    if (gateway.startsWith("fe80:")) return true;
    const addresses = this.links.get(device)?.addresses ?? [];
    return addresses.some((address) => covers(connectedText(address), gateway));
  }

  /** Everything but links and neighbours: equal texts are equal kernels. */
  text(): string {
    return [
      ...this.routes.map(showRoute).sort(),
      ...this.rules.map(showRule).sort(),
      this.nft.text(),
      ...[...this.settings].map(([path, value]) => `${path} = ${value}`).sort(),
    ].join("\n");
  }
}

export function connectedText(address: FakeAddress): string {
  return formatPrefix(networkOf(address.peer ?? address.local, address.family, address.length));
}

/** What the kernel replaces as one. Main's connected routes of several devices stand side by side. */
export function slotOf(route: FakeRoute): string {
  const { family, table, destination, metric } = route;
  const beside = route.protocol === 2 || route.table === 254 ? (route.device ?? "") : "";
  return `${family} ${table} ${destination} ${metric} ${beside}`.trimEnd();
}

/** The words of `ip route`. */
export function showRoute(route: FakeRoute): string {
  return [
    `route ${route.family} table ${route.table}`,
    ...(route.type === 1 ? [] : [`type ${route.type}`]),
    route.destination,
    ...(route.gateway === null ? [] : [`via ${route.gateway}`]),
    ...(route.device === null ? [] : [`dev ${route.device}`]),
    `metric ${route.metric} proto ${route.protocol}`,
    ...(route.source === null ? [] : [`src ${route.source}`]),
    ...(route.onlink ? ["onlink"] : []),
    ...(route.realm === 0 ? [] : [`realm ${route.realm}`]),
  ].join(" ");
}
