/** What changed between two runs, and why the choice did, in words. Pure. */

import type { State, UplinkRecord } from "../state/record.ts";

/**
 * One text for each thing that changed; the choice first, with its reason, which then is not said again:
 * `choice adsl -> lte: adsl down: no carrier on eth0`, `gsm up 203.0.113.7 on ppp0`,
 * `adsl address 192.0.2.1 -> 192.0.2.9`.
 */
export function differences(before: State, after: State): string[] {
  const changed = new Map(
    Object.keys(after.uplinks).flatMap((name) => {
      const what = whatChanged(name, before, after);
      return what === null ? [] : [[name, what] as const];
    }),
  );
  if (sameNames(before.choice, after.choice)) return [...changed.values()];
  const reasons = choiceReasons(before, after, changed);
  const others = [...changed].filter(([name]) => !reasons.has(name));
  const why = reasons.size === 0 ? "the configuration is another" : [...reasons.values()].join(", ");
  return [
    `choice ${names(before.choice)} -> ${names(after.choice)}: ${why}`,
    ...others.map(([, what]) => what),
  ];
}

const names = (choice: readonly string[]) => (choice.length === 0 ? "none" : choice.join("+"));
const sameNames = (left: readonly string[], right: readonly string[]) => names(left) === names(right);

/** `;` stands between the differences of a line, so it stands in none of them. */
const plain = (reason: string) => reason.replaceAll(";", ",");

function whatChanged(name: string, before: State, after: State): string | null {
  const [last, now] = [before.uplinks[name], after.uplinks[name]];
  if (now === undefined) return null;
  if (before.manual[name] !== after.manual[name]) {
    const word = after.manual[name] ?? "enabled";
    return `${name} ${word} by hand${now.state === "up" || now.state === "disabled" ? "" : `, ${condition(now)}`}`;
  }
  if (last?.state !== now.state) return `${name} ${condition(now)}`;
  if (last.reason !== now.reason && now.state === "up") {
    return `${name} ${now.reason === "" ? "well again" : plain(now.reason)}`;
  }
  return last.address4 === now.address4
    ? null
    : `${name} address ${last.address4 ?? "none"} -> ${now.address4 ?? "none"}`;
}

function condition({ state, reason, interface: device, address4, address6 }: UplinkRecord): string {
  if (state === "up") return `up ${address4 ?? address6 ?? ""} on ${device}`;
  return reason === "" ? state : `${state}: ${plain(reason)}`;
}

/** What happened to the uplinks that the choice lost or won; by name. */
function choiceReasons(
  before: State,
  after: State,
  changed: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const lost = before.choice.filter((name) => !after.choice.includes(name));
  const won = after.choice.filter((name) => !before.choice.includes(name));
  const reasons = [...lost, ...won].flatMap((name): [string, string][] => {
    const what = changed.get(name);
    if (what !== undefined) return [[name, what]];
    return after.uplinks[name] === undefined ? [[name, `${name} is in the configuration no more`]] : [];
  });
  return new Map(reasons);
}
