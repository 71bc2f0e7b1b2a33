/** What the kernel should have, worked out from what it has: the whole plan, in one place. */

import type { Config } from "../config/types.ts";
import type { KernelState } from "../kernel/observe.ts";
import type { Route } from "../kernel/route.ts";
import type { PolicyRule } from "../kernel/rule.ts";
import { closedServers6, nameServerRoutes, routedServers } from "../names/routes.ts";
import { type NameServers, nameServersOf } from "../names/servers.ts";
import type { Family } from "../net/prefix.ts";
import type { State } from "../state/record.ts";
import { choose, sharing } from "./choice.ts";
import { type Filter, NO_FILTER, planFilter } from "./filter.ts";
import { planMarking } from "./marking.ts";
import type { Numbers } from "./marks.ts";
import { planRules } from "./policy-rules.ts";
import { type PrefixTable, planRoutes, prefixTables } from "./routes.ts";
import { NO_RULES, type RuleSource, ruleSource } from "./rule-source.ts";
import { NO_SPREAD, planSettings, type Setting, type Spread } from "./settings.ts";
import { type Healths, type PeerDevices, type UplinkState, uplinkStates } from "./uplink-state.ts";

export interface Desired {
  readonly uplinks: readonly UplinkState[];
  readonly routes: readonly Route[];
  readonly prefixTables: readonly PrefixTable[];
  /** Made when they are first asked for: mostly it is enough to know what they would be made from. */
  readonly rules: readonly PolicyRule[];
  readonly ruleSource: RuleSource;
  /** The packet filter in the end. */
  readonly filter: Filter;
  /** The packet filter before the routes change: what goes is gone, what comes does not balance yet. Often the same. */
  readonly filterBefore: Filter;
  readonly settings: readonly Setting[];
  /** Names of the uplinks of the choice in force. */
  readonly choice: readonly string[];
  readonly balanced: readonly string[];
  readonly nameServers: NameServers;
  readonly ipv6: boolean;
}

/**
 * Works out everything that should be. No clock, no file, no process: equal inputs give equal plans.
 * @param numbers one for each uplink of the configuration
 * @param spread what there is to spread the queues of devices over
 * @param healths what the health checks say
 */
export function planDesired(
  config: Config,
  numbers: Numbers,
  kernel: KernelState,
  peers: PeerDevices,
  state: State,
  spread: Spread = NO_SPREAD,
  healths: Healths = null,
): Desired {
  const uplinks = uplinkStates(config, numbers, kernel, peers, state, healths);
  const marking = planMarking(config, numbers);
  const choice = choose(uplinks, 4);
  const balanced = sharing(choice);
  // What balanced before and goes on doing so: neither the lost nor the newly won.
  const staying = balanced.filter((name) => state.balanced.includes(name));
  // A rule that forbids every other way forbids it in both families.
  const strict = config.rules.some((rule) => rule.otherwise === "unreachable");
  const ipv6 = strict || uplinks.some((uplink) => uplink.path6 !== null);
  const families: readonly Family[] = ipv6 ? [4, 6] : [4];
  const nameServers = nameServersOf(uplinks, state);
  const serverRoutes = nameServerRoutes(config, uplinks, nameServers, kernel.links);
  const served = families.filter((family) => routedServers(serverRoutes, family).length > 0);
  const input = {
    config,
    uplinks,
    marking,
    first: choice.ranked[0]?.interface ?? null,
    nameServers: routedServers(serverRoutes, 4),
    closedServers6: ipv6 ? closedServers6(config, serverRoutes) : [],
  };
  const named = choice.best.length > 0 ? choice.best : choose(uplinks, 6).best;
  const filter = planFilter({ ...input, balanced });
  const rules = ruleSource(config, uplinks, marking, families, served);
  let made: PolicyRule[] | undefined;
  return {
    uplinks,
    routes: [
      ...planRoutes(config, uplinks, kernel.routes, families),
      ...serverRoutes.filter(({ family }) => families.includes(family)),
    ],
    prefixTables: prefixTables(config, uplinks),
    get rules() {
      made ??= planRules(rules);
      return made;
    },
    ruleSource: rules,
    filter,
    filterBefore: staying.length === balanced.length ? filter : planFilter({ ...input, balanced: staying }),
    settings: planSettings(config, uplinks, kernel, spread),
    choice: named.map(({ uplink }) => uplink.name),
    balanced,
    nameServers,
    ipv6,
  };
}

/** Nothing at all: what `stop` leads to. */
export const NOTHING: Desired = {
  uplinks: [],
  routes: [],
  prefixTables: [],
  rules: [],
  ruleSource: NO_RULES,
  filter: NO_FILTER,
  filterBefore: NO_FILTER,
  settings: [],
  choice: [],
  balanced: [],
  nameServers: {},
  ipv6: false,
};
