/** A router with several lines, each in reserve of the one before, `waymark watch` that checks them, and lines that go bad. */

import { readFileSync } from "node:fs";
import { onTestFinished } from "vitest";
import type { HealthFile, UplinkHealth, Verdict } from "../../lib/health/health.ts";
import { lineAddress, type PinnedNat, pinnedNat } from "./harness/houses.ts";
import type { Isp } from "./harness/isp.ts";
import type { Line } from "./harness/line.ts";
import type { Background } from "./harness/machine.ts";
import { flows, OTHERS, PORT, SERVER } from "./harness/peer.ts";
import type { Router, StatusUplink } from "./harness/router.ts";
import { until } from "./harness/wait.ts";

/** Targets of checks; other traffic goes to SERVER. */
export const [TARGET = "", SECOND = "", THIRD = ""] = OTHERS;

/** Generous, milliseconds: nothing here is about how quick this machine is. */
const PATIENCE = 60_000;

/** An uplink of `waymark status --json`, with what the checks say. */
export interface Standing extends StatusUplink {
  readonly health: Verdict | null;
  readonly loss: number | null;
  readonly latency: number | null;
}

/** A verdict, and when `waymark watch` came to it, milliseconds since 1970. */
export interface Said {
  readonly verdict: Verdict;
  readonly since: number;
  readonly reason: string;
}

export interface HouseOptions {
  /** What [check] holds. */
  readonly check: string;
  /** The uplinks in order of preference, and what the check of each holds beyond that; a main and a spare line by default. */
  readonly lines?: Readonly<Record<string, string>>;
  /** Words in front of `waymark watch`. */
  readonly under?: readonly string[];
  /** What every line is to be known as before the test goes on; up by default. */
  readonly first?: Verdict;
  /** What is to happen before anybody watches. */
  readonly before?: (house: PinnedNat) => Promise<unknown>;
}

/** Main and spare line. */
const TWO = { main: "", spare: "" };

function configOf(check: string, lines: Readonly<Record<string, string>>): string {
  const uplinks = Object.entries(lines).map(
    ([name, own], place) =>
      `[uplink.${name}]\ninterface = "ppp${place}"\ntier = ${place + 1}\n[uplink.${name}.check]\n${own}\n`,
  );
  return `${uplinks.join("")}[check]\n${check}\n`;
}

export class HealthHouse {
  readonly house: PinnedNat;
  readonly router: Router;
  readonly watch: Background;
  readonly #names: readonly string[];
  readonly #said = new Map<string, Said[]>();

  private constructor(house: PinnedNat, watch: Background, names: readonly string[]) {
    this.house = house;
    this.router = house.router;
    this.watch = watch;
    this.#names = names;
  }

  static async open({ check, lines = TWO, under = [], first = "up", before }: HouseOptions) {
    const names = Object.keys(lines);
    const house = await pinnedNat(names.length);
    await house.router.apply(configOf(check, lines));
    await before?.(house);
    const watch = house.router.spawn([...under, "waymark", "watch"]);
    const found = new HealthHouse(house, watch, names);
    const timer = setInterval(() => found.#note(), 20);
    onTestFinished(() => clearInterval(timer));
    // What is said to be up because nobody looked yet is not known to be.
    const known = ({ verdict, families }: UplinkHealth) =>
      verdict === first && (first !== "up" || typeof families[4]?.latency === "number");
    await found.#until(`every line to be ${first}`, async () =>
      names.every((name) => {
        const health = found.#health(name);
        return health !== undefined && known(health);
      }),
    );
    return found;
  }

  isp(name: string): Isp {
    return nameable(this.house.isps[this.#names.indexOf(name)], name);
  }

  line(name: string): Line {
    return nameable(this.house.lines[this.#names.indexOf(name)], name);
  }

  /** As `waymark status --json` tells it. */
  async standing(name: string): Promise<Standing> {
    return (await this.router.uplink(name)) as Standing;
  }

  /** Waits until the watch, and then status too, says so of a line. */
  async becomes(name: string, health: Verdict): Promise<Standing> {
    const what = `${name} to be ${health}`;
    await this.#until(what, async () => this.#health(name)?.verdict === health);
    return this.#until(what, async () => {
      const standing = await this.standing(name);
      return standing.health === health && standing;
    });
  }

  async choice(): Promise<readonly string[]> {
    return (await this.router.status()).choice;
  }

  /** Waits until the choice is this one alone, and the kernel follows: status tells of it a moment before. */
  async chooses(name: string): Promise<void> {
    const device = `dev ppp${this.#names.indexOf(name)} `;
    await this.#until(`${name} to be chosen`, async () => {
      if ((await this.choice()).join() !== name) return false;
      return (await this.router.sh(`ip route get ${SERVER}`)).includes(device);
    });
  }

  /** Waits until a provider got so many more packets for a target. */
  async probed(name: string, count: number, target = TARGET): Promise<void> {
    const isp = this.isp(name);
    const packets = async () =>
      (await isp.seen()).filter(({ to }) => to === target).reduce((sum, one) => sum + one.packets, 0);
    const before = await packets();
    await this.#until(`${count} probes by ${name}`, async () => (await packets()) >= before + count);
  }

  /** Every verdict of a line so far, each with when it was found. */
  said(name: string): readonly Said[] {
    this.#note();
    return this.#said.get(name) ?? [];
  }

  /** The verdicts of a line since a time, each once. */
  verdicts(name: string, from = 0): readonly Verdict[] {
    const said = this.said(name).filter(({ since }) => since >= from);
    return [...new Set(said.map(({ verdict }) => verdict))];
  }

  /** How long the watch took to find a verdict, milliseconds: printed for whoever sets LAB_TIMES. */
  took(what: string, name: string, verdict: Verdict, from: number): void {
    const found = this.said(name).find((said) => said.verdict === verdict && said.since >= from);
    if (process.env.LAB_TIMES)
      console.log(`${what}: ${name} ${verdict} after ${found && found.since - from} ms`);
  }

  /**
   * Client and router open new connections, one after the other.
   * @param wait seconds that each waits for an answer
   * @returns by which address the server saw them, and from which addresses each provider got their packets
   */
  async traffic(count = 5, wait = 3) {
    for (const name of this.#names) await this.isp(name).forget();
    const client = await flows(this.house.client, count, { wait });
    const router = await flows(this.router, count, { wait });
    const by = await Promise.all(
      this.#names.map(async (name) => [name, await trafficAt(this.isp(name))] as const),
    );
    return { client, router, by: Object.fromEntries(by.filter(([, sources]) => sources.length > 0)) };
  }

  /** What `traffic` tells when all leaves by one line, with its address. */
  only(name: string, count = 5) {
    const own = lineAddress(this.#names.indexOf(name));
    const tally = { by: { [own]: count }, failed: 0, why: "" };
    return { client: tally, router: tally, by: { [name]: [own] } };
  }

  #health(name: string): UplinkHealth | undefined {
    try {
      const text = readFileSync(this.router.path("/run/waymark/health.json"), "utf8");
      return (JSON.parse(text) as HealthFile).uplinks[name];
    } catch {
      // not written yet, or the router is gone
      return undefined;
    }
  }

  #note(): void {
    for (const name of this.#names) {
      const health = this.#health(name);
      const said = this.#said.get(name) ?? [];
      const last = said.at(-1);
      if (health === undefined || (last?.verdict === health.verdict && last.since === health.since)) continue;
      const { verdict, since, reason } = health;
      this.#said.set(name, [...said, { verdict, since, reason }]);
    }
  }

  async #until<T>(what: string, probe: () => Promise<T | undefined | null | false>): Promise<T> {
    return until(what, probe, PATIENCE).catch((error: Error) => {
      throw new Error(`${error.message}: ${JSON.stringify([...this.#said])} ${this.watch.errors()}`);
    });
  }
}

function nameable<T>(found: T | undefined, name: string): T {
  if (found === undefined) throw new Error(`there is no line ${name}`);
  return found;
}

/** Sources of what goes to the echo servers, which no check asks. */
async function trafficAt(isp: Isp): Promise<string[]> {
  const seen = (await isp.seen()).filter(({ to, dport }) => to === SERVER && dport === PORT);
  return [...new Set(seen.map(({ from }) => from))].sort();
}

/** Sources of the packets of any kind that a provider got for this target: probes. */
export async function probesAt(isp: Isp, target: string): Promise<string[]> {
  const seen = (await isp.seen()).filter(({ to }) => to === target);
  return [...new Set(seen.map(({ from }) => from))];
}

export interface Loss {
  /** What customers send, what comes back to them, or (by default) either. */
  readonly way?: "out" | "back" | "both";
  /** To or from whom, in nft's words; everybody by default. */
  readonly whom?: string;
}

/** The provider loses so many of a hundred packets at random, of those only that are meant. */
export async function lose(isp: Isp, percent: number, { way = "both", whom }: Loss = {}): Promise<void> {
  await isp.nft("table inet loss\ndelete table inet loss\n");
  if (percent === 0) return;
  const chance = percent === 100 ? "" : `numgen random mod 100 < ${percent} `;
  const out = `iifname "cust" ${whom ? `ip daddr ${whom} ` : ""}${chance}drop\n`;
  const back = `oifname "cust" ${whom ? `ip saddr ${whom} ` : ""}${chance}drop\n`;
  const rules = (way === "back" ? "" : out) + (way === "out" ? "" : back);
  await isp.nft(
    `table inet loss {\n chain forward {\n type filter hook forward priority -10;\n ${rules} }\n}\n`,
  );
}
