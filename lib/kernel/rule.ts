/** Routing policy rules: how the kernel shows them, how they are written, and when two are the same. */

import type { Family } from "../net/prefix.ts";
import { PROTOCOL } from "./route.ts";

/** The selectors of a rule; null is "any". */
export interface RuleSelector {
  /** Source and destination as `ip` prints them, a single host without its length. */
  readonly from: string | null;
  readonly to: string | null;
  /** Input interface; `lo` is traffic of this machine itself (ip-rule(8)). */
  readonly inputInterface: string | null;
  readonly mark: { readonly value: number; readonly mask: number } | null;
  readonly user: number | null;
  readonly protocol: number | null;
  readonly sourcePort: { readonly first: number; readonly last: number } | null;
  readonly destinationPort: { readonly first: number; readonly last: number } | null;
  /** The whole selector is inverted. */
  readonly not: boolean;
}

export type RuleAction =
  | { readonly kind: "lookup"; readonly table: number; readonly suppressDefault: boolean }
  | { readonly kind: "goto"; readonly target: number }
  | { readonly kind: "nop" };

export interface PolicyRule {
  readonly family: Family;
  /** 0 to 4294967295; walked upwards. */
  readonly priority: number;
  readonly selector: RuleSelector;
  readonly action: RuleAction;
}

/** A rule seen in the kernel: ours when `protocol` is 87. `rule` is null where it is of a kind that Waymark never makes. */
export interface SeenRule {
  readonly family: Family;
  readonly priority: number;
  readonly protocol: number;
  readonly rule: PolicyRule | null;
  /** What iproute2 printed, for `explain`. */
  readonly json: Readonly<Record<string, unknown>>;
}

export const ANY: RuleSelector = {
  from: null,
  to: null,
  inputInterface: null,
  mark: null,
  user: null,
  protocol: null,
  sourcePort: null,
  destinationPort: null,
  not: false,
};

const hex = (value: number) => `0x${(value >>> 0).toString(16)}`;

const portText = ({ first, last }: { readonly first: number; readonly last: number }) =>
  first === last ? String(first) : `${first}-${last}`;

function actionText(action: RuleAction): string {
  switch (action.kind) {
    case "lookup":
      return `lookup ${action.table}${action.suppressDefault ? " suppress_prefixlength 0" : ""}`;
    case "goto":
      return `goto ${action.target}`;
    case "nop":
      return "nop";
  }
}

/** The words of a rule after `ip rule add`; equal for equal rules of one family. */
export function ruleText(rule: PolicyRule): string {
  const { not, from, to, inputInterface, mark, user, protocol, sourcePort, destinationPort } = rule.selector;
  // Put together piece by piece: with hundreds of uplinks this is called a thousand times at each event.
  let text = `${not ? "not " : ""}priority ${rule.priority} `;
  if (from !== null) text += `from ${from} `;
  if (to !== null) text += `to ${to} `;
  if (inputInterface !== null) text += `iif ${inputInterface} `;
  if (mark !== null) text += `fwmark ${hex(mark.value)}/${hex(mark.mask)} `;
  if (user !== null) text += `uidrange ${user}-${user} `;
  if (protocol !== null) text += `ipproto ${protocol} `;
  if (sourcePort !== null) text += `sport ${portText(sourcePort)} `;
  if (destinationPort !== null) text += `dport ${portText(destinationPort)} `;
  return `${text}${actionText(rule.action)} protocol ${PROTOCOL}`;
}

/** Whether two rules are one to the kernel; so are those whose `ruleText` is the same, if they are of one family. */
export function sameRule(left: PolicyRule, right: PolicyRule): boolean {
  return (
    left.family === right.family &&
    left.priority === right.priority &&
    sameSelector(left.selector, right.selector) &&
    sameAction(left.action, right.action)
  );
}

function sameSelector(left: RuleSelector, right: RuleSelector): boolean {
  return (
    left.from === right.from &&
    left.to === right.to &&
    left.inputInterface === right.inputInterface &&
    left.user === right.user &&
    left.protocol === right.protocol &&
    left.not === right.not &&
    left.mark?.value === right.mark?.value &&
    left.mark?.mask === right.mark?.mask &&
    samePorts(left.sourcePort, right.sourcePort) &&
    samePorts(left.destinationPort, right.destinationPort)
  );
}

function samePorts(left: RuleSelector["sourcePort"], right: RuleSelector["sourcePort"]): boolean {
  return left?.first === right?.first && left?.last === right?.last;
}

function sameAction(left: RuleAction, right: RuleAction): boolean {
  if (left.kind === "lookup")
    return (
      right.kind === "lookup" && left.table === right.table && left.suppressDefault === right.suppressDefault
    );
  return left.kind === "goto"
    ? right.kind === "goto" && left.target === right.target
    : left.kind === right.kind;
}

interface JsonRule {
  priority?: number;
  not?: null;
  src?: string;
  srclen?: number;
  dst?: string;
  dstlen?: number;
  iif?: string;
  oif?: string;
  fwmark?: string;
  fwmask?: string;
  uid_start?: number;
  uid_end?: number;
  ipproto?: string | number;
  sport?: number;
  sport_start?: number;
  sport_end?: number;
  dport?: number;
  dport_start?: number;
  dport_end?: number;
  sport_mask?: string;
  dport_mask?: string;
  table?: string;
  suppress_prefixlen?: number;
  goto?: number;
  nop?: null;
  action?: string;
  protocol?: string;
}

/** Keys that a rule of Waymark's making can have; any other key means that somebody else made it. */
const KNOWN = new Set([
  "priority",
  "not",
  "src",
  "srclen",
  "dst",
  "dstlen",
  "iif",
  "iif_detached",
  "fwmark",
  "fwmask",
  "uid_start",
  "uid_end",
  "ipproto",
  "sport",
  "sport_start",
  "sport_end",
  "dport",
  "dport_start",
  "dport_end",
  "table",
  "suppress_prefixlen",
  "goto",
  "unresolved",
  "nop",
  "protocol",
]);

/** Reads the array that `ip -N -j rule show` prints for one family. */
export function parseRules(json: unknown, family: Family): SeenRule[] {
  return (json as JsonRule[]).flatMap((shown) => {
    if (shown.priority === undefined) return [];
    const entry = withoutWholeMasks(shown);
    return [
      {
        family,
        priority: shown.priority,
        protocol: Number(entry.protocol ?? 0),
        rule: parseRule(entry, shown.priority, family),
        json: entry as Record<string, unknown>,
      },
    ];
  });
}

/** From Linux 6.15 on a single port has a mask, which iproute2 6.15 tells also where it is the whole port. */
const PORT_MASKS = ["sport_mask", "dport_mask"] as const;
const WHOLE_PORT = "0xffff";

function withoutWholeMasks(entry: JsonRule): JsonRule {
  if (PORT_MASKS.every((key) => entry[key] !== WHOLE_PORT)) return entry;
  const isWhole = ([key, value]: [string, unknown]) =>
    PORT_MASKS.some((mask) => mask === key) && value === WHOLE_PORT;
  return Object.fromEntries(Object.entries(entry).filter((pair) => !isWhole(pair)));
}

function parseRule(entry: JsonRule, priority: number, family: Family): PolicyRule | null {
  if (Object.keys(entry).some((key) => !KNOWN.has(key))) return null;
  const action = parseAction(entry);
  if (action === null || entry.uid_start !== entry.uid_end) return null;
  return {
    family,
    priority,
    action,
    selector: {
      from: prefixText(entry.src, entry.srclen, family),
      to: prefixText(entry.dst, entry.dstlen, family),
      inputInterface: entry.iif ?? null,
      mark:
        entry.fwmark === undefined
          ? null
          : {
              value: Number(entry.fwmark),
              mask: entry.fwmask === undefined ? 0xffffffff : Number(entry.fwmask),
            },
      user: entry.uid_start ?? null,
      // iproute2 6.1 prints `ipproto-6` under -N; the words without it are not stable across versions.
      protocol: entry.ipproto === undefined ? null : Number(String(entry.ipproto).replace("ipproto-", "")),
      sourcePort: portRange(entry.sport, entry.sport_start, entry.sport_end),
      destinationPort: portRange(entry.dport, entry.dport_start, entry.dport_end),
      not: "not" in entry,
    },
  };
}

function parseAction(entry: JsonRule): RuleAction | null {
  if (entry.goto !== undefined) return { kind: "goto", target: entry.goto };
  if ("nop" in entry) return { kind: "nop" };
  if (entry.table === undefined) return null;
  return { kind: "lookup", table: Number(entry.table), suppressDefault: entry.suppress_prefixlen === 0 };
}

function prefixText(address: string | undefined, length: number | undefined, family: Family): string | null {
  if (address === undefined || address === "all") return null;
  return length === undefined || length === (family === 4 ? 32 : 128) ? address : `${address}/${length}`;
}

function portRange(
  one: number | undefined,
  first: number | undefined,
  last: number | undefined,
): RuleSelector["sourcePort"] {
  if (one !== undefined) return { first: one, last: one };
  return first === undefined || last === undefined ? null : { first, last };
}
