/** A machine with its lines: things happen to them, callers tell of it or not, and Waymark runs. */

import type { LinkEvent } from "../../lib/event/event.ts";
import { NO_FACTS } from "../../lib/event/event.ts";
import { allocateNumbers } from "../../lib/plan/marks.ts";
import { reconcile } from "../../lib/reconcile/reconcile.ts";
import { takeDown } from "../../lib/reconcile/take-down.ts";
import type { Order, Report } from "../../lib/reconcile/world.ts";
import { configOf } from "../unit/config/reading.ts";
import { FakeKernel } from "./kernel.ts";
import { FakeWorld, Killed, type Store } from "./world.ts";

/** One line of the house. `addresses` are those that it may get, one at a time. */
export interface Line {
  readonly uplink: string;
  /** The device, or the PPP peer. */
  readonly device: string;
  readonly ppp: boolean;
  readonly addresses: readonly [string, string];
  /** What main's default goes by while the line is told; null: none (point-to-point, or written in the file). */
  readonly gateway: string | null;
  readonly address6: string | null;
}

export interface Plan {
  readonly name: string;
  readonly text: string;
  readonly lines: readonly Line[];
}

export const HAPPENINGS = [
  "admin-up",
  "admin-down",
  "carrier-on",
  "carrier-off",
  "address",
  "no-address",
  "recreate",
  "gone",
  "told",
  "forgotten",
  "late",
] as const;

export interface Happening {
  readonly kind: (typeof HAPPENINGS)[number];
  /** Place of the line; counted round. */
  readonly line: number;
  readonly variant: 0 | 1;
  /** How many times a caller tells of it before the next thing happens. */
  readonly told: 0 | 1 | 2;
}

export class House {
  readonly plan: Plan;
  readonly kernel = new FakeKernel();
  readonly world: FakeWorld;
  order: Order;
  private readonly sessions = new Map<string, string>();
  private units = 0;

  constructor(plan: Plan) {
    this.plan = plan;
    this.order = orderOf(plan.text);
    this.kernel.addLink("lan0", { up: true, carrier: true, pointToPoint: false });
    this.kernel.addAddress("lan0", "10.0.0.1/24");
    foreignObjects(this.kernel);
    for (const [place, line] of plan.lines.entries()) {
      this.sessions.delete(line.device);
      this.create(place, 0);
    }
    this.world = new FakeWorld(this.kernel, this.sessions);
  }

  /** @returns the line's device of the moment */
  deviceOf(line: Line): string | null {
    return line.ppp ? (this.sessions.get(line.device) ?? null) : line.device;
  }

  private create(place: number, variant: 0 | 1): void {
    const line = this.plan.lines[place] as Line;
    const device = line.ppp ? `ppp${this.units++ % 12}` : line.device;
    if (line.ppp) this.sessions.set(line.device, device);
    const link = this.kernel.addLink(device, { up: true, carrier: true, pointToPoint: line.ppp });
    if (line.gateway !== null) link.answers.add(line.gateway);
    for (const gateway of ["192.168.1.1"]) link.answers.add(gateway);
    this.address(place, variant);
    this.tellMain(place);
  }

  private address(place: number, variant: 0 | 1): void {
    const line = this.plan.lines[place] as Line;
    const device = this.deviceOf(line);
    if (device === null) return;
    const other = line.addresses[1 - variant] as string;
    this.kernel.removeAddress(device, other.split("/")[0] as string);
    this.kernel.addAddress(device, line.addresses[variant] as string, line.ppp ? "100.64.0.1" : null);
    if (line.address6 !== null) this.kernel.addAddress(device, line.address6);
  }

  private tellMain(place: number): void {
    const line = this.plan.lines[place] as Line;
    const link = this.kernel.links.get(this.deviceOf(line) ?? "");
    if (line.gateway === null || link?.up !== true || link.addresses.length === 0) return;
    const base = { device: link.name, metric: 100 + place, protocol: 16 };
    this.kernel.addRoute({ ...base, gateway: line.gateway });
    if (line.address6 !== null) this.kernel.addRoute({ ...base, family: 6, gateway: "fe80::1" });
  }

  private forget(device: string): void {
    const { routes } = this.kernel;
    const kept = routes.filter((route) => route.protocol !== 16 || route.device !== device);
    routes.splice(0, routes.length, ...kept);
  }

  /** Something happens in the world. @returns what a caller tells of it */
  happen({ kind, line: number, variant }: Omit<Happening, "told">): LinkEvent {
    const place = number % this.plan.lines.length;
    const line = this.plan.lines[place] as Line;
    const device = this.deviceOf(line);
    const event = (what: LinkEvent["kind"], facts: Partial<LinkEvent["facts"]> = {}): LinkEvent => ({
      source: line.ppp ? "ppp-ip-up" : "nm-dispatcher",
      kind: what,
      interface: device,
      facts: { ...NO_FACTS, ...facts },
    });
    if (device === null) {
      if (kind !== "recreate") return event("change");
      this.create(place, variant);
      return { ...event("up"), interface: this.deviceOf(line) };
    }
    switch (kind) {
      case "admin-up":
        this.kernel.setUp(device, true);
        this.address(place, variant);
        this.tellMain(place);
        return event("up");
      case "admin-down":
        this.kernel.setUp(device, false);
        return event("down");
      case "carrier-on":
      case "carrier-off":
        if (!line.ppp) this.kernel.setCarrier(device, kind === "carrier-on");
        return event(kind === "carrier-on" ? "up" : "down");
      case "address":
        this.address(place, variant);
        this.tellMain(place);
        return event("up");
      case "no-address":
        for (const address of line.addresses) this.kernel.removeAddress(device, address.split("/")[0] ?? "");
        return event("down");
      case "recreate":
        this.remove(line, device);
        this.create(place, variant);
        return { ...event("up"), interface: this.deviceOf(line) };
      case "gone":
        this.remove(line, device);
        if (!line.ppp) this.kernel.addLink(device, { up: false, carrier: false, pointToPoint: false });
        return event("down");
      case "told": {
        const link = this.kernel.links.get(device);
        const local4 = link?.addresses.find(({ family }) => family === 4)?.local ?? null;
        return event("up", { gateway4: line.gateway, local4 });
      }
      case "forgotten":
        this.forget(device);
        return event("change");
      case "late":
        // A session that is over long since: other process, other address, other gateway.
        return event("up", { pppdPid: 4242, local4: "203.0.113.99", gateway4: "203.0.113.1" });
    }
  }

  private remove(line: Line, device: string): void {
    this.kernel.removeLink(device);
    if (line.ppp) this.sessions.delete(line.device);
  }

  /** One run; its state is kept, as a hook would. */
  async run(events: readonly LinkEvent[] = [], thorough = false): Promise<Report> {
    const { world, order } = this;
    world.steps = 0;
    world.dead = false;
    const report = await reconcile(order, events, world.store.state, world, { thorough });
    if (world.dead) throw new Killed();
    world.store.state = report.state;
    return report;
  }

  /** A run that may be killed. @returns its errors */
  async tryRun(events: readonly LinkEvent[] = []): Promise<readonly string[]> {
    try {
      return (await this.run(events)).errors;
    } catch (error) {
      return [(error as Error).name];
    } finally {
      this.world.dead = false;
      this.world.trouble = null;
    }
  }

  async takeDown(): Promise<Report> {
    const report = await takeDown(this.world.store.state, this.world);
    this.world.store.state = report.state;
    return report;
  }

  /**
   * What a fresh start makes of the same links with the same knowledge: the kernel's text when everything of Waymark's
   * was taken away first, and nothing but facts is remembered.
   */
  async afresh(): Promise<string> {
    const kept = this.world.store.state;
    await this.takeDown();
    const uplinks = Object.fromEntries(
      Object.entries(kept.uplinks).map(([name, record]) => [name, { ...record, since: 0 }]),
    );
    const store: Store = this.world.store;
    store.state = { ...store.state, uplinks, facts: kept.facts, manual: kept.manual };
    store.chains = null;
    await this.run();
    return this.kernel.text();
  }
}

/** A configuration with numbers for its uplinks. */
export function orderOf(text: string, before: Readonly<Record<string, number>> = {}): Order {
  const config = configOf(text);
  const names = config.uplinks.map(({ name }) => name);
  return { config, numbers: allocateNumbers(names, before, config.marks.mask), prefixFiles: {} };
}

/** What others have in the kernel; none of it is Waymark's to touch. */
export function foreignObjects(kernel: FakeKernel): void {
  kernel.addRoute({ destination: "10.8.0.0/24", device: "lan0", protocol: 4 });
  kernel.addRoute({ table: 52, destination: "100.100.0.0/16", device: "lan0" });
  // Somebody else's routes where ours are, too.
  kernel.addRoute({ table: 87000, destination: "198.18.0.0/15", device: "lan0", protocol: 186 });
  kernel.addRoute({ table: 87001, destination: "198.18.0.0/15", device: "lan0", protocol: 4 });
  kernel.rules.splice(1, 0, ...FOREIGN_RULES);
  kernel.nft.addForeign("ip docker");
}

const NO_SELECTOR = {
  from: null,
  to: null,
  iif: null,
  mark: null,
  uid: null,
  ipproto: null,
  sport: null,
  dport: null,
  not: false,
  goto: null,
  nop: false,
  suppress: false,
} as const;

const FOREIGN_RULES = [
  {
    ...NO_SELECTOR,
    family: 4,
    priority: 5270,
    mark: { value: 0x80000, mask: 0xff0000 },
    table: 52,
    protocol: 3,
  },
  { ...NO_SELECTOR, family: 4, priority: 30000, to: "198.18.7.0/24", table: 52, protocol: 3 },
] as const;
