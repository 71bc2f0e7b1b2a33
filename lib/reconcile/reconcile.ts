/** One run: look, plan, change as little as needed, remember. The lock is held by whoever calls. */

import type { LinkEvent } from "../event/event.ts";
import type { Result } from "../kernel/command.ts";
import {
  type KernelState,
  type Look,
  look,
  type ObserveOptions,
  observe,
  observeCommands,
  readLook,
} from "../kernel/observe.ts";
import { type RoutingChanges, routingChanges } from "../plan/changes.ts";
import { type Desired, planDesired } from "../plan/desired.ts";
import { TABLE } from "../plan/layout.ts";
import { planRelease, type Release } from "../plan/release.ts";
import { NO_SPREAD, type Setting } from "../plan/settings.ts";
import { withFacts } from "../state/facts.ts";
import { messageOf } from "../state/files.ts";
import { type State, withError } from "../state/record.ts";
import { runBatch } from "./batch.ts";
import { announce, askGateways } from "./gateways.ts";
import { isUntouched, type Loaded, loadPacketFilter, stillLoaded } from "./packet-filter.ts";
import { fillPrefixTables, stalePrefixTables } from "./prefix-tables.ts";
import { applySettings, prepareSettings, restoreSettings } from "./settings.ts";
import { stateAfter } from "./state-after.ts";
import { planRecheck, type Recheck } from "./verify.ts";
import type { LookText, Order, Report, World } from "./world.ts";

export interface RunOptions {
  /** Looks at everything, also at what a hook takes on trust: every chain, every prefix of a file. */
  readonly thorough: boolean;
  /** The kernel as it was looked at already, under the lock and after the events were noted. */
  readonly look?: LookText | null;
}

/** What was seen, and what is to be made of it. */
export interface Prospect {
  readonly kernel: KernelState;
  /** The state with the facts of the events. */
  readonly state: State;
  readonly desired: Desired;
  readonly loaded: Loaded;
  readonly look: LookText;
  /** What was asked of the kernel. */
  readonly asked: ObserveOptions;
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

/** What a run asks of the kernel; depends on the configuration and on whether IPv6 is in play. */
export function questionsFor(order: Order, before: State, thorough: boolean): ObserveOptions {
  const files = prefixTableNumbers(order).length > 0;
  return {
    ipv6Rules: before.ipv6 || thorough,
    tables: files && !thorough ? smallTables(order) : null,
  };
}

/** Looks and plans; changes nothing but asks a gateway that must answer before its uplink is chosen. */
export async function lookAhead(
  order: Order,
  events: readonly LinkEvent[],
  before: State,
  world: World,
  options: RunOptions & { readonly ask: boolean },
): Promise<Prospect> {
  const asked = questionsFor(order, before, options.thorough);
  // The look goes on in the kernel while the packet filter's sign is awaited.
  const loading = filterState(world, before, options.thorough);
  const text = await lookText(world, asked, options.look ?? null);
  const loaded = await loading;
  let kernel = readLook(resultsOf(text), asked);
  const facts = withFacts(before.facts, events, kernel.links);
  const peers = world.peerDevices(order.config.uplinks, kernel.links, facts);
  let state: State = { ...before, facts };
  const spreading = order.config.uplinks.filter((uplink) => uplink.spreadCpus);
  const devices = spreading.flatMap(({ name, interface: device }) => device ?? peers[name] ?? []);
  const spread = devices.length === 0 ? NO_SPREAD : world.spread(devices);
  const plan = () =>
    planDesired(
      order.config,
      order.numbers,
      kernel,
      rememberedPeers(order, peers, state, kernel),
      state,
      spread,
    );
  let desired = plan();
  if (desired.ipv6 && !before.ipv6 && !options.thorough) {
    // IPv6 came into play: what rules there are is not known yet.
    const rules = await observe(world.run, { ipv6Rules: true, tables: [] });
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
  return { kernel, state, desired, loaded, look: text, asked };
}

/** What was looked at already, if it was the same question; else a look of our own. */
async function lookText(world: World, asked: ObserveOptions, before: LookText | null): Promise<LookText> {
  const [main, ipv6] = observeCommands(asked);
  const questions = { asked: main.input ?? "", asked6: ipv6?.input ?? "" };
  if (before !== null && before.asked === questions.asked && before.asked6 === questions.asked6)
    return before;
  const results = await look(world.run, asked);
  if (results.main.stdout === "") readLook(results, asked);
  return { ...questions, said: results.main.stdout, said6: results.ipv6?.stdout ?? "" };
}

function resultsOf(text: LookText): Look {
  const result = (stdout: string): Result => ({ exitCode: 0, stdout, stderr: "" });
  return { main: result(text.said), ipv6: text.asked6 === "" ? null : result(text.said6) };
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
  { kernel, state, desired, loaded, look: seen, asked }: Prospect,
  before: State,
  world: World,
  options: RunOptions,
): Promise<Report> {
  const changes: string[] = [];
  const errors: string[] = [];
  const release = planRelease(desired, before, order.config.marks.mask, order.numbers);
  const files = new Set(prefixTableNumbers(order));
  const routing = routingChanges(desired, kernel, files);
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
  const filterBefore = await loadPacketFilter(world, loaded, desired.rulesetBefore);
  const recheck = planRecheck(routing.lines, seen.said.length, asked, files);
  const routed = await applyRouting(world, desired, routing, recheck);
  changes.push(...routed.changes);
  errors.push(...filterBefore.errors, ...routed.errors);
  const filter =
    desired.ruleset === desired.rulesetBefore && filterBefore.errors.length === 0
      ? { ...filterBefore, text: "" }
      : await loadPacketFilter(world, filterBefore.loaded, desired.ruleset);
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
    changes,
    errors,
    look: restored.changes.length > 0 ? null : lookAfter(seen, routed, settings.changes, routing.lines6),
    settings: settingsToWatch(desired.settings),
  };
}

/** What would be lost if we were killed now: said before the first change. */
function noteIntent(world: World, intent: State, before: State, errors: string[]): void {
  const core = ({ owed, prefixTables, settings, ipv6 }: State) =>
    JSON.stringify([owed, prefixTables, settings, ipv6]);
  const same = core(intent) === core(before);
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

/** Those that `ip` does not tell. */
function settingsToWatch(settings: readonly Setting[]): Record<string, string> {
  return Object.fromEntries(
    settings.flatMap(({ path, value, seen }) => (seen === null ? [[path, value]] : [])),
  );
}

interface RoutingStep {
  readonly changes: readonly string[];
  readonly errors: readonly string[];
  /** What the kernel shows behind the changes; null: nothing was changed. */
  readonly said: string | null;
}

async function applyRouting(
  world: World,
  desired: Desired,
  { lines, lines6 }: RoutingChanges,
  recheck: Recheck,
): Promise<RoutingStep> {
  if (lines.length + lines6.length === 0) return { changes: [], errors: [], said: null };
  const changes = [...lines.map((line) => `ip ${line}`), ...lines6.map((line) => `ip -6 ${line}`)];
  const done = await runBatch(world.run, lines.length === 0 ? [] : [...lines, ...recheck.lines]);
  const done6 = await runBatch(world.run, lines6, ["-6"]);
  const failed = [...done.errors, ...done6.errors];
  const checked = failed.length > 0 || lines.length === 0 ? failed : recheck.leftUndone(desired, done.stdout);
  return { changes, errors: checked, said: recheck.whole && lines.length > 0 ? done.stdout : null };
}

/** What an unchanged kernel will show at the next event; null if that is not known without looking once more. */
function lookAfter(
  seen: LookText,
  routed: RoutingStep,
  settings: readonly string[],
  lines6: readonly string[],
): LookText | null {
  if (lines6.length > 0) return null;
  if (routed.said !== null) return { ...seen, said: routed.said };
  return settings.length + routed.changes.length === 0 ? seen : null;
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
