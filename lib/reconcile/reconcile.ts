/** One run: look, plan, change as little as needed, remember. The lock is held by whoever calls. */

import type { LinkEvent } from "../event/event.ts";
import type { Command } from "../kernel/command.ts";
import type { Batches } from "../kernel/observe.ts";
import { type RoutingChanges, routingChanges } from "../plan/changes.ts";
import type { Desired } from "../plan/desired.ts";
import { planRelease, type Release } from "../plan/release.ts";
import type { Setting } from "../plan/settings.ts";
import { messageOf } from "../state/files.ts";
import { isSameIn, type State, withError } from "../state/record.ts";
import { runBatch } from "./batch.ts";
import { announce } from "./gateways.ts";
import { lookAhead, type Prospect, prefixTableNumbers, type RunOptions } from "./look-ahead.ts";
import { loadPacketFilter } from "./packet-filter.ts";
import { fillPrefixTables, stalePrefixTables } from "./prefix-tables.ts";
import { applySettings, prepareSettings, restoreSettings } from "./settings.ts";
import { areSettled, keepSettled, settledText } from "./settled-rules.ts";
import { stateAfter } from "./state-after.ts";
import { planRecheck, type Recheck } from "./verify.ts";
import type { LookText, Order, Report, World } from "./world.ts";

/**
 * Brings the kernel to what the configuration asks.
 * @param events what woke us; facts in them are kept
 * @throws CommandError or Error when the kernel cannot be looked at; what cannot be changed is in the report instead
 */
export async function reconcile(
  order: Order,
  events: readonly LinkEvent[],
  before: State,
  world: World,
  options: RunOptions,
): Promise<Report> {
  const prospect = await lookAhead(order, events, before, world, { ...options, ask: true });
  return bringAbout(order, prospect, before, world, options);
}

async function bringAbout(
  order: Order,
  { kernel, state, desired, loaded, look: seen, asked }: Prospect,
  before: State,
  world: World,
  options: RunOptions,
): Promise<Report> {
  const changes: string[] = [];
  const errors: string[] = [];
  const release = planRelease(desired, before, order.config.marks.mask, order.numbers);
  if (release.lines.length > 0) world.expect(releaseCommand(release));
  const files = new Set(prefixTableNumbers(order));
  const rules = settledText(desired, seen.said, asked);
  const settled = !options.thorough && areSettled(world, rules);
  const routing = routingChanges(desired, kernel, files, settled);
  if (!settled) errors.push(...keepSettled(world, rules, routing));
  const stale = stalePrefixTables(order, desired, state, routing.lines, options.thorough);
  const setting = prepareSettings(world, desired.settings, state.settings);
  noteIntent(
    world,
    {
      ...state,
      owed: release.due,
      prefixTables: without(state.prefixTables, stale),
      settings: setting.record,
      ipv6: state.ipv6 || desired.ipv6,
    },
    before,
    errors,
  );

  const settings = applySettings(world, setting);
  changes.push(...settings.changes);
  errors.push(...settings.errors);
  const filterBefore = await loadPacketFilter(world, loaded, desired.filterBefore);
  const recheck = planRecheck(routing.lines, seen.said.all.length, asked, files);
  const routed = await applyRouting(world, desired, routing, recheck);
  changes.push(...routed.changes);
  errors.push(...filterBefore.errors, ...routed.errors);
  const filter =
    desired.filter === desired.filterBefore && filterBefore.errors.length === 0
      ? { ...filterBefore, text: "" }
      : await loadPacketFilter(world, filterBefore.loaded, desired.filter);
  errors.push(...filter.errors.filter((message) => !filterBefore.errors.includes(message)));
  if (filterBefore.text !== "" || filter.text !== "") changes.push("nft -f -");
  const filled = await fillPrefixTables(world, order, desired, state, stale);
  changes.push(...filled.changes);
  errors.push(...filled.errors);

  const safe = [filterBefore, routed, filter].every((step) => step.errors.length === 0);
  if (safe) errors.push(...(await letGo(world, release, changes)));
  await announce(world, desired, before);
  const restored = restoreSettings(world, desired.settings, settings.record);
  changes.push(...restored.changes);
  errors.push(...restored.errors);

  const after = stateAfter(desired, state, world.now(), {
    owed: safe ? release.owed : release.due,
    settings: restored.record,
    packetFilter: filter.loaded.fingerprint,
    prefixTables: filled.record,
  });
  const noted = errors.reduce((known, message) => withError(known, message, world.now()), after);
  return {
    state: noted,
    uplinks: desired.uplinks,
    nameServers: desired.nameServers,
    changes,
    errors,
    warnings: setting.warnings,
    lookSize: seen.said.all.length,
    look: restored.changes.length > 0 ? null : lookAfter(seen, routed, settings.changes),
    settings: settingsToWatch(desired.settings),
  };
}

const INTENT = ["owed", "prefixTables", "settings", "ipv6"] as const;

/** What would be lost if we were killed now: said before the first change. */
function noteIntent(world: World, intent: State, before: State, errors: string[]): void {
  if (isSameIn(INTENT, intent, before)) return;
  try {
    world.saveState(intent, before);
  } catch (error) {
    errors.push(`cannot note what is to be done: ${messageOf(error)}`);
  }
}

function without<T>(record: Readonly<Record<string, T>>, keys: readonly number[]): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([key]) => !keys.includes(Number(key))));
}

/** Those that `ip` does not tell. */
function settingsToWatch(settings: readonly Setting[]): Record<string, string> {
  return Object.fromEntries(
    settings.flatMap(({ path, value, seen }) => (seen === null ? [[path, value]] : [])),
  );
}

interface RoutingStep {
  readonly changes: readonly string[];
  readonly errors: readonly string[];
  /** What the kernel shows behind the changes; null: that is not known. */
  readonly shown: Partial<Batches> | null;
}

async function applyRouting(
  world: World,
  desired: Desired,
  { lines, lines6 }: RoutingChanges,
  recheck: Recheck,
): Promise<RoutingStep> {
  if (lines.length + lines6.length === 0) return { changes: [], errors: [], shown: {} };
  const changes = [...lines.map((line) => `ip ${line}`), ...lines6.map((line) => `ip -6 ${line}`)];
  const together = recheck.options.length === 0;
  const look = lines.length === 0 ? [] : recheck.lines;
  const done = await runBatch(world.run, lines.length === 0 || !together ? lines : [...lines, ...look]);
  const done6 = await runBatch(world.run, lines6, ["-6"]);
  const after = together ? done : await runBatch(world.run, look, recheck.options);
  const failed = [...done.errors, ...done6.errors, ...(together ? [] : after.errors)];
  const checked =
    failed.length > 0 || lines.length === 0 ? failed : recheck.leftUndone(desired, after.stdout);
  const known = recheck.shows !== null && lines.length > 0 && lines6.length === 0;
  return { changes, errors: checked, shown: known ? { [recheck.shows ?? "all"]: after.stdout } : null };
}

/** What an unchanged kernel will show at the next event; null if that is not known without looking once more. */
function lookAfter(seen: LookText, routed: RoutingStep, settings: readonly string[]): LookText | null {
  const { shown } = routed;
  if (shown === null) return null;
  // Settings are shown together with the rest, if that was listed again.
  if (settings.length > 0 && shown.all === undefined) return null;
  return { ...seen, said: { ...seen.said, ...shown } };
}

const releaseCommand = ({ lines }: Release): Command => ({
  file: "conntrack",
  args: ["-R", "-"],
  input: `${lines.join("\n")}\n`,
  inputAsFile: true,
});

/** Deletes the connections that are to be let go; they begin anew on their next packet. */
async function letGo(world: World, release: Release, changes: string[]): Promise<string[]> {
  if (release.lines.length === 0) return [];
  const result = await world.run(releaseCommand(release));
  changes.push(...release.lines.map((line) => `conntrack ${line}`));
  // Status 1 says that there was nothing to delete.
  if (result.exitCode === 0 || result.exitCode === 1) return [];
  return [
    `connections of ${release.uplinks.join(", ")} could not be let go: conntrack: ${result.stderr.trim().split("\n")[0] ?? "failed"}`,
  ];
}
