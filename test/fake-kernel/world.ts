/** The world of lib/reconcile around a kernel in memory, with what a run keeps, and with failures to order. */

import { canaryRule } from "../../lib/kernel/canary.ts";
import type { Command, Result } from "../../lib/kernel/command.ts";
import type { Prefix } from "../../lib/net/prefix.ts";
import type { Spread } from "../../lib/plan/settings.ts";
import type { Healths } from "../../lib/plan/uplink-state.ts";
import type { World } from "../../lib/reconcile/world.ts";
import { NO_STATE, type State } from "../../lib/state/record.ts";
import { runConntrack } from "./conntrack.ts";
import { runIp } from "./ip.ts";
import type { FakeKernel } from "./kernel.ts";
import { NotUnderstood, Refused } from "./objects.ts";

/** The process was ended: nothing behind this point happens. */
export class Killed extends Error {}

/**
 * What goes wrong at which step; steps are commands and written settings, counted from 1. `half` fails an `ip -batch`
 * after some of its lines, and everything else before it took effect.
 */
export interface Trouble {
  readonly at: number;
  readonly how: "fail-before" | "fail-after" | "fail-half" | "kill-before" | "kill-after" | "kill-half";
}

/** Files of a machine that outlive a run. */
export interface Store {
  state: State;
  chains: string | null;
  filter?: string;
  settledRules?: string;
}

/** Which device each PPP peer is, as pppd's own files tell, by peer. */
export type Sessions = ReadonlyMap<string, string>;

export class FakeWorld implements World {
  readonly kernel: FakeKernel;
  readonly store: Store;
  readonly sessions: Sessions;
  readonly files = new Map<string, readonly Prefix[]>();
  trouble: Trouble | null = null;
  /** The process of this run was ended. */
  dead = false;
  /** Commands and written settings of this run so far. */
  steps = 0;
  /** false: the canary cannot be asked, `nft` has to be. */
  canary = true;
  /** What the health checks say. */
  verdicts: Healths = null;
  clock = 1_000_000;
  readonly commands: Command[] = [];
  /** Datagrams that were sent: from where to where. */
  readonly touched: string[] = [];

  constructor(kernel: FakeKernel, sessions: Sessions = new Map(), store?: Store) {
    this.kernel = kernel;
    this.sessions = sessions;
    this.store = store ?? { state: NO_STATE, chains: null };
  }

  readonly run = async (command: Command): Promise<Result> => {
    this.commands.push(command);
    const how = this.step();
    if (how === "kill-before") this.die();
    if (how === "fail-before") return FAILED;
    const isBatch = command.file === "ip" && command.args.includes("-batch");
    const count = (command.input ?? "").split("\n").length - 1;
    const isHalf = how === "kill-half" || how === "fail-half";
    if (isHalf && !isBatch) return how === "kill-half" ? this.die() : FAILED;
    const result = this.start(command, isHalf ? Math.floor(count / 2) : null);
    if (how === "kill-after" || how === "kill-half") this.die();
    return how === "fail-after" ? FAILED : result;
  };

  readonly expect = (): void => {};

  /** Nothing that this process still tries has any effect, whatever it catches. */
  private die(): never {
    this.dead = true;
    throw new Killed();
  }

  private needLife(): void {
    if (this.dead) throw new Killed();
  }

  /** One step further. @returns what goes wrong with it */
  private step(): Trouble["how"] | null {
    this.needLife();
    this.steps++;
    return this.trouble?.at === this.steps ? this.trouble.how : null;
  }

  private start(command: Command, lines: number | null): Result {
    const input = command.input ?? "";
    switch (command.file) {
      case "ip":
        return runIp(this.kernel, command.args, input, lines);
      case "nft":
        return this.runNft(command.args, input);
      case "conntrack":
        return runConntrack(this.kernel, command.args, input);
      default:
        throw new NotUnderstood(command.file);
    }
  }

  private runNft(args: readonly string[], input: string): Result {
    try {
      if (args[0] === "list") return { exitCode: 0, stdout: this.kernel.nft.list(args.slice(1)), stderr: "" };
      if (args.join(" ") !== "-f -") throw new NotUnderstood(`nft ${args.join(" ")}`);
      for (const change of this.kernel.nft.load(input)) this.kernel.journal.push(change);
      this.kernel.watch("nft -f -");
      return { exitCode: 0, stdout: "", stderr: "" };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return { exitCode: 1, stdout: "", stderr: `${error.message}\n` };
    }
  }

  now(): number {
    return this.clock;
  }

  async wait(milliseconds: number): Promise<void> {
    this.clock += milliseconds;
  }

  async isLoaded(print: string): Promise<boolean | null> {
    if (!this.canary) return null;
    return this.kernel.nft.chains()?.get("loopback")?.rules.includes(canaryRule(print)) ?? false;
  }

  healths() {
    return this.verdicts;
  }

  readSetting(path: string): string | null {
    return this.kernel.settings.get(path) ?? null;
  }

  writeSetting(path: string, value: string): void {
    const how = this.step();
    if (how?.startsWith("fail") === true) throw new Error("EIO: i/o error, write");
    if (how === "kill-before" || how === "kill-half") this.die();
    this.kernel.writeSetting(path, value);
    this.kernel.changed(`setting ${path} ${value}`);
    if (how === "kill-after") this.die();
  }

  loadedChains(): string | null {
    return this.store.chains;
  }

  keepChains(chains: string): void {
    this.needLife();
    this.store.chains = chains;
  }

  loadedFilter(): string | null {
    return this.store.filter ?? null;
  }

  keepFilter(source: string): void {
    this.needLife();
    this.store.filter = source;
  }

  settledRules(): string | null {
    return this.store.settledRules ?? null;
  }

  keepSettledRules(text: string): void {
    this.needLife();
    this.store.settledRules = text;
  }

  forgetChains(): void {
    this.needLife();
    this.store.chains = null;
    delete this.store.filter;
  }

  readPrefixes(path: string): readonly Prefix[] {
    return this.files.get(path) ?? [];
  }

  peerDevices(uplinks: readonly { readonly name: string; readonly peer: string | null }[]) {
    return Object.fromEntries(
      uplinks.flatMap(({ name, peer }) => {
        const device = peer === null ? undefined : this.sessions.get(peer);
        return device !== undefined && this.kernel.links.has(device) ? [[name, device] as const] : [];
      }),
    );
  }

  async spread(devices: readonly string[]): Promise<Spread> {
    const known = devices.filter((name) => this.kernel.links.has(name));
    return { cpus: 4, queues: Object.fromEntries(known.map((name) => [name, { receive: 2, transmit: 2 }])) };
  }

  async touch(source: string, destination: string): Promise<void> {
    this.touched.push(`${source} -> ${destination}`);
  }

  saveState(state: State): void {
    this.needLife();
    this.store.state = state;
  }
}

const FAILED: Result = { exitCode: null, stdout: "", stderr: "ended after 15 s\n" };
