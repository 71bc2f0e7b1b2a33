/** `waymark status` */

import { choose, sharing } from "../plan/choice.ts";
import type { UplinkState } from "../plan/uplink-state.ts";
import { lookAhead } from "../reconcile/look-ahead.ts";
import { orderOf } from "../reconcile/order.ts";
import { PATHS } from "../state/paths.ts";
import type { State } from "../state/record.ts";
import type { System } from "../state/system.ts";
import { parseOptions } from "./options.ts";
import { openSession } from "./session.ts";
import { formatStatus } from "./status-text.ts";

/** One uplink as `status --json` shows it. */
export interface UplinkStatus {
  readonly name: string;
  readonly interface: string | null;
  readonly state: "up" | "down" | "disabled" | "checking" | "absent";
  /** Why it is not up, or "drained"; empty otherwise. */
  readonly reason: string;
  readonly address: string | null;
  readonly gateway: string | null;
  readonly address6: string | null;
  readonly gateway6: string | null;
  readonly tier: number;
  readonly weight: number;
  /** `0x100` */
  readonly mark: string;
  readonly table: number;
  readonly chosen: boolean;
  readonly drained: boolean;
  /** Of new IPv4 connections, 0 to 1. */
  readonly share: number;
  /** ISO 8601; null: never seen. */
  readonly since: string | null;
}

export interface Status {
  readonly uplinks: readonly UplinkStatus[];
  /** Names; empty when nothing works, or nothing is applied. */
  readonly choice: readonly string[];
  /** false: Waymark is stopped, the kernel has nothing of it. */
  readonly applied: boolean;
  readonly config: { readonly path: string; readonly error: string | null };
  readonly errors: readonly { readonly at: string; readonly message: string }[];
}

/** Looks at the kernel as it is now; the record only adds since when, and what went wrong. */
export async function statusVerb(words: readonly string[]): Promise<number> {
  const { flags } = parseOptions(words, { strings: [], booleans: ["json"], positionals: [0, 0] });
  const { system, before, world } = await openSession(false);
  const status = await lookUp(system, before, world);
  if (flags.json === true) process.stdout.write(`${JSON.stringify(status, null, 2)}\n`);
  else process.stdout.write(formatStatus(status, process.stdout.isTTY && process.env.NO_COLOR === undefined));
  return 0;
}

async function lookUp(
  system: System,
  before: State,
  world: Parameters<typeof lookAhead>[3],
): Promise<Status> {
  const applied = Object.keys(before.uplinks).length > 0;
  const config = { path: PATHS.config, error: system.error };
  const errors = before.errors.map(({ at, message }) => ({ at: new Date(at).toISOString(), message }));
  if (system.config === null) return { uplinks: [], choice: [], applied, config, errors };
  const { desired } = await lookAhead(orderOf(system), [], before, world, { thorough: false, ask: false });
  const shared = sharing(choose(desired.uplinks, 4));
  const choice = applied ? desired.choice : [];
  return {
    uplinks: desired.uplinks.map((uplink) => uplinkStatus(uplink, choice, shared, desired.uplinks, before)),
    choice,
    applied,
    config,
    errors,
  };
}

function uplinkStatus(
  state: UplinkState,
  choice: readonly string[],
  shared: readonly string[],
  all: readonly UplinkState[],
  before: State,
): UplinkStatus {
  const { uplink } = state;
  const record = before.uplinks[uplink.name];
  const known = record?.state === state.state;
  return {
    name: uplink.name,
    interface: state.interface,
    state: state.state,
    reason:
      state.drained && state.state === "up"
        ? "drained: keeps its connections, gets no new ones"
        : state.reason,
    address: state.path4?.address ?? state.path6?.address ?? null,
    gateway: state.path4 === null ? (state.path6?.gateway ?? null) : state.path4.gateway,
    address6: state.path6?.address ?? null,
    gateway6: state.path6?.gateway ?? null,
    tier: uplink.tier,
    weight: uplink.weight,
    mark: `0x${state.mark.toString(16)}`,
    table: state.table,
    chosen: choice.includes(uplink.name),
    drained: state.drained,
    share: shareOf(uplink.name, choice, shared, all),
    since: known ? new Date(record.since).toISOString() : null,
  };
}

function shareOf(
  name: string,
  choice: readonly string[],
  shared: readonly string[],
  all: readonly UplinkState[],
): number {
  if (shared.length === 0) return choice[0] === name ? 1 : 0;
  const weights = all.filter(({ uplink }) => shared.includes(uplink.name)).map(({ uplink }) => uplink);
  const total = weights.reduce((sum, { weight }) => sum + weight, 0);
  const own = weights.find((uplink) => uplink.name === name)?.weight ?? 0;
  return Math.round((own / total) * 1000) / 1000;
}
