/** What `waymark status` tells, as data. */

import type { Uplink } from "../config/types.ts";
import type { HealthFile } from "../health/health.ts";
import { isWatched } from "../health/read.ts";
import { choose, sharing } from "../plan/choice.ts";
import { choiceInForce } from "../plan/in-force.ts";
import { type Sharers, shareOf } from "../plan/share.ts";
import type { UplinkState } from "../plan/uplink-state.ts";
import { lookAhead } from "../reconcile/look-ahead.ts";
import { orderOf } from "../reconcile/order.ts";
import { PATHS } from "../state/paths.ts";
import type { State } from "../state/record.ts";
import type { Session } from "./session.ts";
import { type HealthStatus, healthStatus } from "./status-health.ts";
import { type RedialStatus, redialStatus } from "./status-redial.ts";

/** One uplink as `status --json` shows it. */
export interface UplinkStatus extends HealthStatus {
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
  /** null: it is there, or nobody dials it. */
  readonly redial: RedialStatus | null;
}

export interface Status {
  readonly uplinks: readonly UplinkStatus[];
  /** Names of those that new connections go to, as the kernel has it; empty when nothing works, or nothing is applied. */
  readonly choice: readonly string[];
  /** false: Waymark is stopped, the kernel has nothing of it. */
  readonly applied: boolean;
  readonly config: { readonly path: string; readonly error: string | null };
  /** Whether `waymark watch` runs: without it nothing is checked. */
  readonly watch: { readonly running: boolean };
  readonly errors: readonly { readonly at: string; readonly message: string }[];
}

/**
 * Looks at the kernel as it is now; the record only adds since when, and what went wrong.
 * @param health what the checks say; null: nobody checks
 */
export async function lookUp({ system, before, world }: Session, health: HealthFile | null): Promise<Status> {
  const applied = Object.keys(before.uplinks).length > 0;
  const config = { path: PATHS.config, error: system.error };
  const watch = { running: health !== null && isWatched(health) };
  const errors = before.errors.map(({ at, message }) => ({ at: new Date(at).toISOString(), message }));
  if (system.config === null) return { uplinks: [], choice: [], applied, config, watch, errors };
  const { desired, kernel } = await lookAhead(orderOf(system), [], before, world, {
    thorough: false,
    ask: false,
  });
  const choice = applied ? choiceInForce(desired.uplinks, kernel) : [];
  const shared = choice.length < 2 ? [] : sharing(choose(desired.uplinks, 4));
  const { uplinks } = system.config;
  const redial = redialStatus(watch.running);
  return {
    uplinks: desired.uplinks.map((uplink) => ({
      ...uplinkStatus(uplink, before, { choice, shared }, uplinks),
      ...healthStatus(health?.uplinks[uplink.uplink.name]),
      redial: redial(uplink),
    })),
    choice,
    applied,
    config,
    watch,
    errors,
  };
}

function uplinkStatus(
  state: UplinkState,
  before: State,
  sharers: Sharers,
  all: readonly Uplink[],
): Omit<UplinkStatus, keyof HealthStatus | "redial"> {
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
    chosen: sharers.choice.includes(uplink.name),
    drained: state.drained,
    share: shareOf(uplink.name, sharers, all),
    since: known ? new Date(record.since).toISOString() : null,
  };
}
