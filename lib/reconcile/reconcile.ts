/** One run: look, plan, change as little as needed, remember. The lock is held by whoever calls. */

import type { LinkEvent } from "../event/event.ts";
import { type KernelState, observe } from "../kernel/observe.ts";
import { LAST_METRIC } from "../kernel/route.ts";
import { routingChanges } from "../plan/changes.ts";
import { type Desired, planDesired } from "../plan/desired.ts";
import { TABLE } from "../plan/layout.ts";
import { planRelease, type Release } from "../plan/release.ts";
import { withFacts } from "../state/facts.ts";
import { messageOf } from "../state/files.ts";
import { type State, withError } from "../state/record.ts";
import { runBatch } from "./batch.ts";
import { announcements, askGateways } from "./gateways.ts";
import { isUntouched, type Loaded, loadPacketFilter, stillLoaded } from "./packet-filter.ts";
import { fillPrefixTables, stalePrefixTables } from "./prefix-tables.ts";
import { applySettings, restoreSettings } from "./settings.ts";
import { stateAfter } from "./state-after.ts";
import { missingRoutes, showTables, touchedTables } from "./verify.ts";
import type { Order, Report, World } from "./world.ts";

export interface RunOptions {
  /** Looks at everything, also at what a hook takes on trust: every chain, every prefix of a file. */
  readonly thorough: boolean;
}

/** What was seen, and what is to be made of it. */
export interface Prospect {
  readonly kernel: KernelState;
  /** The state with the facts of the events. */
  readonly state: State;
  readonly desired: Desired;
  readonly loaded: Loaded;
}

/** Numbers of the tables that are filled from files. */
function prefixTableNumbers(order: Order): number[] {
  return order.config.rules.flatMap((rule, place) =>
    rule.destinationFile === null ? [] : [TABLE.rules + place],
  );
}

/** All tables but those of files. */
function smallTables(order: Order): number[] {
  const { uplinks, rules } = order.config;
  const own = uplinks.map((uplink) => TABLE.uplink + (order.numbers[uplink.name] ?? 0));
  const ruled = rules.flatMap((rule, place) => (rule.destinationFile === null ? [TABLE.rules + place] : []));
  return [254, TABLE.choice, TABLE.sharedLan, ...own, ...ruled];
}

/** Looks and plans; changes nothing but asks a gateway that must answer before its uplink is chosen. */
export async function lookAhead(
  order: Order,
  events: readonly LinkEvent[],
  before: State,
  world: World,
  options: RunOptions & { readonly ask: boolean },
): Promise<Prospect> {
  const files = prefixTableNumbers(order).length > 0;
  const observing = observe(world.run, {
    ipv6Rules: before.ipv6 || options.thorough,
    neighbours: false,
    tables: files && !options.thorough ? smallTables(order) : null,
  });
  const [first, loaded] = await Promise.all([observing, filterState(world, before, options.thorough)]);
  let kernel = first;
  const facts = withFacts(before.facts, events, kernel.links);
  const peers = world.peerDevices(order.config.uplinks, kernel.links, facts);
  let state: State = { ...before, facts };
  const plan = () =>
    planDesired(
      order.config,
      order.numbers,
      kernel,
      rememberedPeers(order, peers, state, kernel),
      state,
      order.cpus,
    );
  let desired = plan();
  if (desired.ipv6 && !before.ipv6 && !options.thorough) {
    // IPv6 came into play: what rules there are is not known yet.
    const rules = await observe(world.run, { ipv6Rules: true, neighbours: false, tables: [] });
    kernel = { ...kernel, rules: rules.rules };
    desired = plan();
  }
  if (options.ask) {
    const answered = await askGateways(world, desired, before);
    if (answered !== null) {
      state = { ...state, uplinks: { ...state.uplinks, ...answered } };
      desired = plan();
    }
  }
  return { kernel, state, desired, loaded };
}

async function filterState(world: World, before: State, thorough: boolean): Promise<Loaded> {
  const loaded = await stillLoaded(world, before.packetFilter);
  if (!thorough || loaded.fingerprint === null) return loaded;
  return (await isUntouched(world, loaded.fingerprint)) ? loaded : { fingerprint: null };
}

/** A session that is away keeps the name of its device, until another one takes it. */
function rememberedPeers(
  order: Order,
  peers: Readonly<Record<string, string>>,
  state: State,
  kernel: KernelState,
): Record<string, string> {
  const taken = new Set([...Object.values(peers), ...kernel.links.map((link) => link.name)]);
  const remembered = order.config.uplinks.flatMap(({ name, peer }) => {
    const device = state.uplinks[name]?.interface;
    return peer === null ||
      peers[name] !== undefined ||
      device === undefined ||
      device === null ||
      taken.has(device)
      ? []
      : [[name, device] as const];
  });
  return { ...Object.fromEntries(remembered), ...peers };
}

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
  { kernel, state, desired, loaded }: Prospect,
  before: State,
  world: World,
  options: RunOptions,
): Promise<Report> {
  const changes: string[] = [];
  const errors: string[] = [];
  const release = planRelease(desired, before, order.config.marks.mask);
  const files = new Set(prefixTableNumbers(order));
  const routing = routingChanges(desired, kernel, files);
  const stale = stalePrefixTables(order, desired, state, routing.lines, options.thorough);
  noteIntent(
    world,
    { ...state, owed: release.due, prefixTables: without(state.prefixTables, stale) },
    before,
    errors,
  );

  const settings = applySettings(world, desired.settings, state.settings);
  changes.push(...settings.changes);
  errors.push(...settings.errors);
  const filterBefore = await loadPacketFilter(world, loaded, desired.rulesetBefore);
  const failures = await applyRouting(world, desired, routing, changes);
  errors.push(...filterBefore.errors, ...failures);
  const filter = await loadPacketFilter(world, filterBefore.loaded, desired.ruleset);
  errors.push(...filter.errors.filter((message) => !filterBefore.errors.includes(message)));
  if (filterBefore.text !== "" || filter.text !== "") changes.push("nft -f -");
  const filled = await fillPrefixTables(world, order, desired, state, stale);
  changes.push(...filled.changes);
  errors.push(...filled.errors);

  const safe = failures.length === 0;
  if (safe) errors.push(...(await letGo(world, release, changes)));
  await runBatch(world.run, announcements(desired, before));
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
  return { state: noted, changes, errors };
}

/** What would be lost if we were killed now: said before the first change. */
function noteIntent(world: World, intent: State, before: State, errors: string[]): void {
  const same =
    JSON.stringify([intent.owed, intent.prefixTables]) === JSON.stringify([before.owed, before.prefixTables]);
  if (same) return;
  try {
    world.saveState(intent);
  } catch (error) {
    errors.push(`cannot note what is to be done: ${messageOf(error)}`);
  }
}

function without<T>(record: Readonly<Record<string, T>>, keys: readonly number[]): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([key]) => !keys.includes(Number(key))));
}

async function applyRouting(
  world: World,
  desired: Desired,
  routing: { readonly lines: readonly string[]; readonly lines6: readonly string[] },
  changes: string[],
): Promise<string[]> {
  changes.push(
    ...routing.lines.map((line) => `ip ${line}`),
    ...routing.lines6.map((line) => `ip -6 ${line}`),
  );
  if (routing.lines.length + routing.lines6.length === 0) return [];
  const tables = touchedTables(routing.lines);
  const done = await runBatch(
    world.run,
    routing.lines.length === 0 ? [] : [...routing.lines, ...showTables(tables)],
  );
  const done6 = await runBatch(world.run, routing.lines6, ["-6"]);
  const failures = [...done.errors, ...done6.errors];
  if (failures.length > 0) return failures;
  return missingRoutes(desired.routes, tables, done.stdout).map(
    (route) =>
      `the kernel did not keep the route to ${route.destination} in table ${route.table}${route.metric === LAST_METRIC ? " (guard)" : ""}; the next event tries again`,
  );
}

/** Deletes the connections that are to be let go; they begin anew on their next packet. */
async function letGo(world: World, release: Release, changes: string[]): Promise<string[]> {
  if (release.lines.length === 0) return [];
  const result = await world.run({
    file: "conntrack",
    args: ["-R", "-"],
    input: `${release.lines.join("\n")}\n`,
    inputAsFile: true,
  });
  changes.push(...release.lines.map((line) => `conntrack ${line}`));
  // Status 1 says that there was nothing to delete.
  if (result.exitCode === 0 || result.exitCode === 1) return [];
  return [
    `connections of ${release.uplinks.join(", ")} could not be let go: conntrack: ${result.stderr.trim().split("\n")[0] ?? "failed"}`,
  ];
}
