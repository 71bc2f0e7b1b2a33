/** What a routing policy rule is, in the words of the configuration. */

import type { Config, Rule } from "../config/types.ts";
import { PROTOCOL } from "../kernel/route.ts";
import { PRIORITY } from "../plan/layout.ts";
import type { UplinkState } from "../plan/uplink-state.ts";
import type { WalkRule } from "./walk.ts";

export type Role =
  | { readonly kind: "local" }
  | { readonly kind: "shared LAN" }
  | { readonly kind: "main" }
  | { readonly kind: "mark"; readonly uplink: string }
  | { readonly kind: "rule"; readonly rule: Rule }
  | { readonly kind: "share"; readonly uplink: string }
  | { readonly kind: "source"; readonly uplink: string; readonly address: string }
  | { readonly kind: "name servers" }
  | { readonly kind: "choice" }
  /** One of the three that every machine has, or another program's. */
  | { readonly kind: "foreign"; readonly usual: boolean };

const USUAL_TABLES = ["253", "254", "255", "default", "main", "local"];

/** Tells what the rule is for. */
export function roleOf(seen: WalkRule, config: Config, uplinks: readonly UplinkState[]): Role {
  const { priority, protocol, json } = seen;
  const table = Number(json.table);
  if (protocol !== PROTOCOL) {
    const usual = USUAL_TABLES.includes(String(json.table));
    return priority === 0 && usual ? { kind: "local" } : { kind: "foreign", usual };
  }
  const uplink = uplinks.find((candidate) => candidate.table === table)?.uplink.name ?? "?";
  if (priority === PRIORITY.sharedLan) return { kind: "shared LAN" };
  if (priority === PRIORITY.mainSpecific) return { kind: "main" };
  if (priority === PRIORITY.forwardedServers || priority === PRIORITY.nameServers)
    return { kind: "name servers" };
  if (priority === PRIORITY.choice) return { kind: "choice" };
  if (priority >= PRIORITY.marks && priority < PRIORITY.afterMarks) return { kind: "mark", uplink };
  if (priority >= PRIORITY.balance && priority < PRIORITY.afterBalance) return { kind: "share", uplink };
  if (priority > PRIORITY.notLocal && priority < PRIORITY.afterSources && json.table !== undefined)
    return { kind: "source", uplink, address: String(json.src) };
  const rule = config.rules[priority - PRIORITY.rules];
  return rule === undefined ? { kind: "foreign", usual: false } : { kind: "rule", rule };
}

/** How a message calls the rule. */
export function roleText(role: Role, { priority }: WalkRule): string {
  switch (role.kind) {
    case "local":
      return "the local table";
    case "shared LAN":
      return "the LAN that several uplinks stand in";
    case "main":
      return "main's specific routes";
    case "mark":
      return `the mark of ${role.uplink}`;
    case "rule":
      return `rule "${role.rule.name}"`;
    case "share":
      return `the share of ${role.uplink}`;
    case "source":
      return `source address ${role.address} belongs to ${role.uplink}`;
    case "name servers":
      return "name servers by their own uplinks";
    case "choice":
      return "the choice";
    case "foreign":
      return `rule ${priority}, which is not Waymark's`;
  }
}
