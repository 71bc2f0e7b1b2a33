/** Asks the kernel the same question (`ip route get`), and holds its answer against ours. */

import { type Command, formatCommand, type Result, type Run } from "../kernel/command.ts";
import type { Journey, Look } from "./journey.ts";
import { LOCAL, type Packet } from "./packet.ts";
import { protocolOf } from "./rule-match.ts";
import { decision, foundBy, type WalkRule } from "./walk.ts";

export interface Check {
  /** The question, as it could be typed. */
  readonly command: string;
  readonly agrees: boolean;
  /** The kernel's answer in words. */
  readonly said: string;
  /** What was expected of it. */
  readonly expected: string;
}

/** Protocols that the kernel takes in such a question: ICMP, TCP, UDP, ICMPv6. */
const ASKABLE = [1, 6, 17, 58];

/**
 * The question; null: the kernel has no way to ask it.
 * @param named protocols that rules select by
 */
export function question(packet: Packet, named: ReadonlySet<number>): Command | null {
  const protocol = packet.protocol ?? (packet.family === 4 ? neutral(named) : null);
  if (protocol === undefined || (protocol !== null && !ASKABLE.includes(protocol))) return null;
  const isLocal = packet.input === LOCAL;
  const args = [
    ...["-N", "-d", "-j", `-${packet.family}`, "route", "get", packet.to],
    ...(packet.from === null ? [] : ["from", packet.from]),
    ...(isLocal ? ["uid", String(packet.user)] : ["iif", packet.input]),
    ...(packet.mark === 0 ? [] : ["mark", `0x${packet.mark.toString(16)}`]),
    ...(protocol === null ? [] : ["ipproto", String(protocol)]),
    ...(packet.destinationPort === null ? [] : ["dport", String(packet.destinationPort)]),
  ];
  return { file: "ip", args };
}

/**
 * What stands for "no protocol said": the kernel takes an IPv4 question without one for UDP (inet_rtm_getroute).
 * @returns null: UDP does; undefined: every protocol makes a difference
 */
function neutral(named: ReadonlySet<number>): number | null | undefined {
  return named.has(17) ? [1, 6].find((protocol) => !named.has(protocol)) : null;
}

/** Asks about every look of the journey. */
export async function checkJourney(run: Run, journey: Journey, rules: readonly WalkRule[]): Promise<Check[]> {
  const named = new Set(rules.flatMap(({ json }) => protocolOf(json) ?? []));
  const looks = [...journey.before, ...journey.ways];
  const checks = await Promise.all(looks.map((look) => checkLook(run, look, named)));
  return checks.flat();
}

async function checkLook(run: Run, look: Look, named: ReadonlySet<number>): Promise<Check[]> {
  const command = question(look.packet, named);
  if (command === null) return [];
  const answer = answerOf(await run(command));
  return [{ command: formatCommand(command), ...compare(look, answer) }];
}

type Answer =
  | { readonly kind: "route"; readonly device: string; readonly table: number; readonly type: string }
  | { readonly kind: "refused"; readonly words: string };

/** Reads what `ip route get` printed. */
export function answerOf(result: Result): Answer {
  const refused = result.stderr.replace("RTNETLINK answers: ", "").trim().split("\n")[0] ?? "";
  const [route] =
    result.exitCode === 0 ? (JSON.parse(result.stdout || "[]") as Record<string, unknown>[]) : [];
  if (route?.dev === undefined) return { kind: "refused", words: refused === "" ? "no route" : refused };
  const { dev, table, type } = route;
  // An unreachable route of IPv6 is shown on `lo`.
  if (["6", "7", "8"].includes(String(type))) return { kind: "refused", words: "unreachable" };
  return { kind: "route", device: String(dev), table: Number(table ?? 254), type: String(type ?? "1") };
}

/** Holds an answer against what was worked out. */
export function compare(look: Look, answer: Answer): Omit<Check, "command"> {
  const found = foundBy(look.steps);
  const said = answer.kind === "route" ? `dev ${answer.device} table ${answer.table}` : answer.words;
  if (found === null) {
    const refused = decision(look.steps)?.outcome;
    const expected = refused?.kind === "refused" ? refused.how : "no route";
    return { agrees: answer.kind === "refused", said, expected };
  }
  // What is for this machine itself is shown on `lo`, whichever device has the address.
  const isLocal = found.route.kind === "local";
  const devices = isLocal ? ["lo"] : found.nextHops.map((hop) => hop.device ?? "?");
  const expected = `dev ${devices.join(" or ")} table ${found.route.table}`;
  const agrees =
    answer.kind === "route" && devices.includes(answer.device) && answer.table === found.route.table;
  return { agrees, said, expected };
}

/** What commonly makes the kernel refuse a forwarded packet that has a route. */
export function hintFor(check: Check, packet: Packet): string | null {
  if (check.agrees || packet.input === LOCAL) return null;
  if (/No route to host/.test(check.said))
    return `forwarding is off on ${packet.input}, or for the whole machine`;
  return /cross-device|Invalid argument/.test(check.said)
    ? `${packet.from} cannot come in by ${packet.input}: the reverse path filter drops it since the way back is another one, or it is no sender's address`
    : null;
}
