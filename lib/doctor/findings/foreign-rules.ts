/** Routing rules of other programs that catch packets before the choice of uplink. */

import { PROTOCOL, type Route } from "../../kernel/route.ts";
import type { SeenRule } from "../../kernel/rule.ts";
import type { Family } from "../../net/prefix.ts";
import { PRIORITY } from "../../plan/layout.ts";
import type { Facts } from "../facts.ts";
import { type Finding, note, run, type Step } from "../finding.ts";
import { ruleWords } from "../mark-users.ts";

const LOCAL = 255;
const MAIN = 254;

export function foreignRules(facts: Facts): Finding[] {
  if (facts.house === null) return [];
  const families = facts.house.uplinks.some(({ path6 }) => path6 !== null)
    ? ([4, 6] as const)
    : ([4] as const);
  return families.flatMap((family) => {
    const seen = facts.rules.filter((rule) => rule.family === family);
    const before = seen.filter(
      ({ priority, protocol, json }) =>
        protocol !== PROTOCOL && priority > 0 && priority < PRIORITY.choice && tableOf(json) !== LOCAL,
    );
    return [
      ...localRule(seen, family),
      ...before.flatMap((rule) => judge(facts, rule)),
      ...mainHalves(facts, family),
    ];
  });
}

const tableOf = (json: SeenRule["json"]) => (json.table === undefined ? null : Number(json.table));

/** The kernel's rule for this machine's own addresses was moved behind ours, or taken away. */
function localRule(seen: readonly SeenRule[], family: Family): Finding[] {
  const local = seen.filter(({ json }) => tableOf(json) === LOCAL && isForAll(json));
  const first = Math.min(...local.map(({ priority }) => priority));
  if (seen.length === 0 || first < PRIORITY.sharedLan) return [];
  const ip = family === 6 ? "ip -6" : "ip";
  return [
    {
      id: "local-rule-late",
      severity: "error",
      title: "the rule for this machine's own addresses does not come first",
      found: local.length === 0 ? [`no rule of ${ip} rule looks up table local`] : local.map(said),
      why: "Packets for an address of this machine meet Waymark's rules before the table that knows the address, and may be sent out by an uplink.",
      remedy: [run(`${ip} rule add priority 0 from all lookup local`)],
    },
  ];
}

const said = ({ family, json }: SeenRule) => `ip${family === 6 ? " -6" : ""} rule ${ruleWords(json)}`;

/** `from all`, nothing else asked. */
function isForAll(json: SeenRule["json"]): boolean {
  const selectors = ["dst", "iif", "oif", "fwmark", "uid_start", "ipproto", "tos", "tun_id"];
  const ports = ["sport", "dport", "sport_start", "dport_start"];
  const source = json.src === undefined || json.src === "all";
  return source && [...selectors, ...ports].every((key) => json[key] === undefined || json[key] === "all");
}

function judge(facts: Facts, rule: SeenRule): Finding[] {
  const { json, family } = rule;
  const table = tableOf(json);
  if (table === null) return refuses(rule);
  // A rule that passes over the default route leads nowhere that main's specific routes do not.
  if (json.suppress_prefixlen !== undefined) return [];
  const exits = facts.routes.filter(
    (route) => route.table === table && route.family === family && leadsOut(route),
  );
  if (exits.length === 0) return [];
  if (json.fwmark !== undefined && !("not" in json)) return marked(rule, table, exits);
  const all = isForAll({ ...json, fwmark: undefined });
  return all ? catchesAll(facts, rule, table, exits) : catchesSome(facts, rule, exits);
}

/** A default route, or one half of one (OpenVPN's 0.0.0.0/1 and 128.0.0.0/1). */
export function leadsOut({ destination, type }: Route): boolean {
  return (
    type === "unicast" &&
    ["default", "0.0.0.0/1", "128.0.0.0/1", "::/1", "8000::/1", "2000::/3"].includes(destination)
  );
}

function wayOf({ destination, gateway, device }: Route): string {
  return `${destination}${gateway === null ? "" : ` via ${gateway}`} dev ${device}`;
}

function evidence(rule: SeenRule, table: number, exits: readonly Route[]): string[] {
  return [said(rule), ...exits.map((route) => `table ${table}: ${wayOf(route)}`)];
}

function remove(rule: SeenRule): Step {
  return run(`ip${rule.family === 6 ? " -6" : ""} rule del priority ${rule.priority}`);
}

function catchesAll(facts: Facts, rule: SeenRule, table: number, exits: readonly Route[]): Finding[] {
  const uplink = facts.house?.uplinks.find(({ interface: device }) =>
    exits.some((route) => route.device === device),
  );
  if (table !== MAIN && uplink === undefined) {
    return [
      {
        id: "tunnel-takes-all",
        severity: "note",
        title: `everything goes by ${exits[0]?.device} before the choice of uplink is asked`,
        found: evidence(rule, table, exits),
        why: "A tunnel that takes the default route does this. Waymark's choice then only carries the tunnel's own packets, and what its rules leave over.",
        remedy: [],
      },
    ];
  }
  return [
    {
      id: "rule-before-choice",
      severity: "error",
      title: `a rule of another program sends everything by ${exits[0]?.device}, whatever Waymark chooses`,
      found: evidence(rule, table, exits),
      why: `It stands before the choice of uplink (priority ${PRIORITY.choice}), which is never asked.`,
      remedy: [remove(rule), note("and stop what made it: it comes back otherwise")],
    },
  ];
}

function catchesSome(facts: Facts, rule: SeenRule, exits: readonly Route[]): Finding[] {
  const table = tableOf(rule.json) ?? 0;
  const uplink = facts.house?.uplinks.find(({ interface: device }) =>
    exits.some((route) => route.device === device),
  );
  if (uplink === undefined) return [];
  return [
    {
      id: "rule-fixes-uplink",
      severity: "warning",
      title: `a rule of another program ties some traffic to ${uplink.uplink.name}`,
      found: evidence(rule, table, exits),
      why: `That traffic leaves by ${uplink.interface} even while the uplink does not work, and meets none of Waymark's rules. A [[rule]] of waymark.toml does the same and fails over.`,
      remedy: [remove(rule), note("and take it out of the script or profile that makes it")],
    },
  ];
}

/** Tailscale and others keep their own packets out of their tunnel this way. */
function marked(rule: SeenRule, table: number, exits: readonly Route[]): Finding[] {
  if (table !== MAIN) return [];
  return [
    {
      id: "marked-packets-by-main",
      severity: "note",
      title: "packets that another program marks go by the main table, not by Waymark's choice",
      found: evidence(rule, table, exits),
      why: "They follow the main table's default routes: they move when its line loses carrier or goes away, but not when Waymark finds another reason to prefer the next one.",
      remedy: [],
    },
  ];
}

/** Halves of a default route in main are specific routes, and win over the choice. */
function mainHalves({ routes }: Facts, family: Family): Finding[] {
  const halves = routes.filter(
    (route) =>
      route.table === MAIN && route.family === family && leadsOut(route) && route.destination !== "default",
  );
  const [first] = halves;
  if (first === undefined) return [];
  return [
    {
      id: "tunnel-takes-all",
      severity: "note",
      title: `everything goes by ${first.device} before the choice of uplink is asked`,
      found: halves.map((route) => `table main: ${wayOf(route)}`),
      why: "A tunnel puts halves of the default route into the main table, whose specific routes win over Waymark's choice (OpenVPN's redirect-gateway def1). The choice then only carries the tunnel's own packets.",
      remedy: [],
    },
  ];
}

/** Neither a look-up nor harmless: a refusal, or a jump behind the choice. */
function refuses(rule: SeenRule): Finding[] {
  const { json } = rule;
  const skips = Number(json.goto ?? 0) > PRIORITY.choice;
  if (!isForAll(json) || (json.action === undefined && !skips)) return [];
  return [
    {
      id: "rule-refuses-all",
      severity: "error",
      title: `a rule of another program ${skips ? "passes over" : "refuses everything before"} the choice of uplink`,
      found: [said(rule)],
      why: "No packet reaches Waymark's choice.",
      remedy: [remove(rule), note("and stop what made it: it comes back otherwise")],
    },
  ];
}
