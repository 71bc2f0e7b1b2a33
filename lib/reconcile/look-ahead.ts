/** Looks at the kernel and works out what is to be made of it. */

import type { LinkEvent } from "../event/event.ts";
import {
  type Batches,
  type KernelState,
  look,
  type ObserveOptions,
  observe,
  questionsOf,
  readLook,
} from "../kernel/observe.ts";
import { type Desired, planDesired } from "../plan/desired.ts";
import { TABLE } from "../plan/layout.ts";
import { NO_SPREAD } from "../plan/settings.ts";
import { withFacts } from "../state/facts.ts";
import type { State } from "../state/record.ts";
import { askGateways } from "./gateways.ts";
import { isUntouched, type Loaded, stillLoaded } from "./packet-filter.ts";
import type { LookText, Order, World } from "./world.ts";

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
export function prefixTableNumbers(order: Order): number[] {
  return order.config.rules.flatMap((rule, place) =>
    rule.destinationFile === null ? [] : [TABLE.rules + place],
  );
}

/** All tables but those of files. */
function smallTables(order: Order): number[] {
  const { uplinks, rules } = order.config;
  const own = uplinks.map((uplink) => TABLE.uplink + (order.numbers[uplink.name] ?? 0));
  const ruled = rules.flatMap((rule, place) => (rule.destinationFile === null ? [TABLE.rules + place] : []));
  return [254, TABLE.choice, TABLE.sharedLan, TABLE.nameServers, ...own, ...ruled];
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
  let kernel = readLook(text.said, asked);
  const facts = withFacts(before.facts, events, kernel.links);
  const peers = world.peerDevices(order.config.uplinks, kernel.links, facts);
  let state: State = { ...before, facts };
  const spreading = order.config.uplinks.filter((uplink) => uplink.spreadCpus);
  const devices = spreading.flatMap(({ name, interface: device }) => device ?? peers[name] ?? []);
  const spread = devices.length === 0 ? NO_SPREAD : await world.spread(devices);
  const checked = order.config.uplinks.some(({ check }) => check !== null);
  const healths = checked ? world.healths() : null;
  const plan = () =>
    planDesired(
      order.config,
      order.numbers,
      kernel,
      rememberedPeers(order, peers, state, kernel),
      state,
      spread,
      healths,
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
async function lookText(world: World, options: ObserveOptions, before: LookText | null): Promise<LookText> {
  const asked = questionsOf(options);
  if (before !== null && isSame(before.asked, asked)) return before;
  return { asked, said: await look(world.run, asked) };
}

function isSame(left: Batches, right: Batches): boolean {
  return left.all === right.all && left.ipv4 === right.ipv4 && left.ipv6 === right.ipv6;
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
