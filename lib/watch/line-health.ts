/** The health of every line that is to be checked: sends the probes out, and keeps what came of them. */

import { combine } from "../health/combine.ts";
import type { FamilyHealth, HealthFile, UplinkHealth } from "../health/health.ts";
import {
  busy,
  elapsed,
  familyHealth,
  type Health,
  heard,
  isOf,
  newHealth,
  restarted,
  resumed,
  targetsFor,
  wakeAt,
} from "../health/machine.ts";
import { overdueAfter } from "../health/pace.ts";
import type { ProbeResult } from "../health/probe-result.ts";
import { isBusy, type Sample, withSample } from "../health/traffic.ts";
import type { Carried } from "../kernel/carried.ts";
import type { NameServers } from "../names/servers.ts";
import type { Family } from "../net/prefix.ts";
import type { UplinkState } from "../plan/uplink-state.ts";
import type { Probe, Prober } from "../probe/prober.ts";

/** Everything outside that this touches. */
export interface HealthEdge {
  /** Milliseconds of a clock that never goes back. */
  now(): number;
  /** What to add to `now` to get milliseconds since 1970. */
  epoch(): number;
  readonly prober: Prober;
  /** What a device has carried; null: it cannot be told. */
  carried(device: string): Carried | null;
  /** A verdict changed: routing is to follow. */
  changed(): void;
  /** Stores what is known; called at each change of a verdict before `changed`, and otherwise about once a second. */
  store(uplinks: HealthFile["uplinks"]): void;
}

/** One family of one uplink. */
interface Line {
  readonly uplink: string;
  readonly family: Family;
  /** What the probes go by; another one means that the line came anew. */
  readonly key: string;
  /** The device that carries this line's traffic and no other; null: there may be others' on it, a LAN's for one. */
  readonly device: string | null;
  probe: Probe;
  health: Health;
  /** What it carried, since nobody answers. */
  carried: readonly Sample[];
  timer: NodeJS.Timeout | null;
}

const FAMILIES = [4, 6] as const;
/** Measures are stored this often, milliseconds; verdicts at once. */
const STORE_EVERY = 1000;

export class LineHealths {
  readonly #edge: HealthEdge;
  readonly #lines = new Map<string, Line>();
  /** Of lines that are not there now: their falls are remembered when they come again. */
  readonly #gone = new Map<string, { readonly uplink: string; readonly health: Health }>();
  #combined: Record<string, UplinkHealth>;
  #storing: NodeJS.Timeout | null = null;

  /** @param before what the last watch knew: a line that was down stays so until it is proven well */
  constructor(edge: HealthEdge, before: HealthFile["uplinks"]) {
    this.#edge = edge;
    this.#combined = { ...before };
  }

  /** What is known of each uplink that is checked. */
  get uplinks(): HealthFile["uplinks"] {
    return this.#combined;
  }

  /**
   * Begins, goes on and ends checking, as the uplinks are now; to be called after each run.
   * @param nameServers of each uplink, for targets that have a name
   */
  follow(uplinks: readonly UplinkState[], nameServers: NameServers): void {
    const wanted = new Map<string, () => void>();
    for (const uplink of uplinks) {
      for (const family of FAMILIES) {
        const name = `${uplink.uplink.name}/${family}`;
        const begin = this.#wanted(uplink, family, nameServers[uplink.uplink.name] ?? []);
        if (begin !== null) wanted.set(name, () => begin(name));
      }
    }
    for (const [name, line] of this.#lines) {
      if (wanted.has(name)) continue;
      this.#end(name, line);
      this.#gone.set(name, { uplink: line.uplink, health: line.health });
    }
    const names = new Set(uplinks.map(({ uplink }) => uplink.name));
    for (const [name, { uplink }] of this.#gone) if (!names.has(uplink)) this.#gone.delete(name);
    for (const begin of wanted.values()) begin();
    this.#combine();
  }

  /** Nothing is sent any more. */
  stop(): void {
    for (const line of this.#lines.values()) {
      void line.probe.stop();
      if (line.timer !== null) clearTimeout(line.timer);
    }
    this.#lines.clear();
    this.#gone.clear();
    if (this.#storing !== null) clearTimeout(this.#storing);
  }

  /** @returns what begins it or lets it go on; null: there is nothing to check */
  #wanted(
    uplink: UplinkState,
    family: Family,
    nameServers: readonly string[],
  ): ((name: string) => void) | null {
    const { check, name: uplinkName } = uplink.uplink;
    const path = family === 4 ? uplink.path4 : uplink.path6;
    const device = uplink.link;
    if (check === null || path === null || device === null || !device.up || !device.carrier) return null;
    if (uplink.state === "disabled") return null;
    if (targetsFor(check, family).length === 0) return null;
    const key = JSON.stringify([device.name, device.index, path.address, path.gateway, uplink.mark, check]);
    return (name) => {
      const line = this.#lines.get(name);
      if (line?.key === key) return;
      const now = this.#edge.now();
      const epoch = this.#edge.epoch();
      const known = this.#combined[uplinkName]?.families[family];
      const last = line?.health ?? this.#gone.get(name)?.health;
      this.#gone.delete(name);
      const health =
        last !== undefined && isOf(last, check)
          ? restarted(last, now)
          : known === undefined
            ? newHealth(check, family, now)
            : resumed(check, family, now, known, epoch);
      if (line !== undefined) this.#end(name, line);
      const fresh: Line = {
        uplink: uplinkName,
        family,
        key,
        device: device.pointToPoint ? device.name : null,
        health,
        carried: [],
        timer: null,
        probe: this.#edge.prober.start(
          {
            interface: device.name,
            address: path.address,
            family,
            mark: uplink.mark,
            check,
            nameServers,
            overdue: () => this.#overdue(name),
          },
          (result) => this.#heard(name, result),
        ),
      };
      this.#lines.set(name, fresh);
      this.#combined[uplinkName] = this.#with(uplinkName, family, familyHealth(health, epoch));
      this.#arrange(name, fresh);
    };
  }

  /** Nobody hurries to find out about a line that is known to be down. */
  #overdue(name: string): number | null {
    const health = this.#lines.get(name)?.health;
    return health === undefined || health.verdict === "down" ? null : overdueAfter(health);
  }

  #heard(name: string, result: ProbeResult): void {
    const line = this.#lines.get(name);
    if (line === undefined) return;
    if (result.outcome === "lost") this.#glance(line);
    this.#became(name, line, heard(line.health, result, this.#edge.now()));
  }

  /** Silence on a line that carries traffic is to be told from death. */
  #glance(line: Line): void {
    const { check } = line.health;
    const carried = line.device === null ? null : this.#edge.carried(line.device);
    if (carried === null) return;
    const at = this.#edge.now();
    line.carried = withSample(line.carried, { ...carried, at }, check);
    if (isBusy(line.carried, check)) line.health = busy(line.health, at);
  }

  #became(name: string, line: Line, health: Health): void {
    const before = line.health;
    line.health = health;
    this.#arrange(name, line);
    if (health.verdict === before.verdict) {
      this.#storing ??= setTimeout(() => {
        this.#storing = null;
        this.#combine();
      }, STORE_EVERY);
      return;
    }
    this.#combine();
    this.#edge.changed();
  }

  #arrange(name: string, line: Line): void {
    if (line.timer !== null) clearTimeout(line.timer);
    const at = wakeAt(line.health);
    line.timer =
      at === null
        ? null
        : setTimeout(
            () => {
              this.#glance(line);
              this.#became(name, line, elapsed(line.health, this.#edge.now()));
            },
            Math.max(1, at - this.#edge.now()),
          );
  }

  #end(name: string, line: Line): void {
    void line.probe.stop();
    if (line.timer !== null) clearTimeout(line.timer);
    this.#lines.delete(name);
  }

  #with(uplink: string, family: Family, health: FamilyHealth): UplinkHealth {
    const before = this.#combined[uplink] ?? null;
    return combine({ ...before?.families, [family]: health }, before);
  }

  #combine(): void {
    const epoch = this.#edge.epoch();
    const families: Record<string, Partial<Record<Family, FamilyHealth>>> = {};
    for (const { uplink, family, health } of this.#lines.values()) {
      families[uplink] = { ...families[uplink], [family]: familyHealth(health, epoch) };
    }
    this.#combined = Object.fromEntries(
      Object.entries(families).map(([name, known]) => [name, combine(known, this.#combined[name] ?? null)]),
    );
    this.#edge.store(this.#combined);
  }
}
