/** Everything outside that reconciling touches: the real one is `machine.ts`, tests bring a kernel in memory. */

import type { Config, Uplink } from "../config/types.ts";
import type { Command, Run } from "../kernel/command.ts";
import type { Link } from "../kernel/link.ts";
import type { Batches } from "../kernel/observe.ts";
import type { NameServers } from "../names/servers.ts";
import type { Prefix } from "../net/prefix.ts";
import type { Numbers } from "../plan/marks.ts";
import type { Spread } from "../plan/settings.ts";
import type { Healths, PeerDevices, UplinkState } from "../plan/uplink-state.ts";
import type { InterfaceFacts, State } from "../state/record.ts";

export interface World {
  readonly run: Run;
  /** This command will be run before long, or not after all: what takes time may be got ready. */
  expect(command: Command): void;
  /** Milliseconds since 1970. */
  now(): number;
  wait(milliseconds: number): Promise<void>;
  /** Whether the packet filter with this fingerprint is loaded; null: ask `nft`. */
  isLoaded(fingerprint: string): Promise<boolean | null>;
  /** The text of a setting without its line end; null: this kernel or device has none. */
  readSetting(path: string): string | null;
  /** @throws what the kernel says */
  writeSetting(path: string, value: string): void;
  /** The chains that were loaded last, as JSON; null: not known. */
  loadedChains(): string | null;
  keepChains(chains: string): void;
  /** What those chains were made from, by this very version of the program; null: not known. */
  loadedFilter(): string | null;
  keepFilter(source: string): void;
  /** Neither of them is to be found any more. */
  forgetChains(): void;
  /** What was kept of rules that needed no change, by this very version of the program; null: nothing. */
  settledRules(): string | null;
  keepSettledRules(text: string): void;
  readPrefixes(path: string): readonly Prefix[];
  peerDevices(
    uplinks: readonly Uplink[],
    links: readonly Link[],
    facts: Readonly<Record<string, InterfaceFacts>>,
  ): PeerDevices;
  /** @param before what is stored already, if that is known */
  saveState(state: State, before: State | null): void;
  /** Processors and queues of these devices, for `spread_cpus`. */
  spread(devices: readonly string[]): Promise<Spread>;
  /** What the health checks say; nothing while nobody makes them. */
  healths(): Healths;
  /** Sends an empty datagram to port 9 (discard), so that the kernel looks for the neighbour. Never rejects. */
  touch(source: string, destination: string): Promise<void>;
}

/** What is to be brought about. */
export interface Order {
  readonly config: Config;
  readonly numbers: Numbers;
  readonly prefixFiles: Readonly<Record<string, string>>;
}

/** What the kernel's tools were asked, and what they said. */
export interface LookText {
  readonly asked: Batches;
  readonly said: Batches;
}

/** What was done. */
export interface Report {
  readonly state: State;
  /** The uplinks as they were found. */
  readonly uplinks: readonly UplinkState[];
  readonly nameServers: NameServers;
  /** The kernel as it is now; null: it was not looked at again. */
  readonly look: LookText | null;
  /** How much `ip` said when all was listed, in characters. */
  readonly lookSize: number;
  /** Settings that `ip` does not tell, as they are now. */
  readonly settings: Readonly<Record<string, string>>;
  /** The commands that changed something, as they could be typed. */
  readonly changes: readonly string[];
  readonly errors: readonly string[];
  /** What was left undone on purpose. */
  readonly warnings: readonly string[];
}
