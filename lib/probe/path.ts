/** Which way the kernel would send a probe, and whether that is the uplink's own. Pure. */

import type { Family } from "../net/prefix.ts";
import { hex } from "../plan/marks.ts";

/** Whose probes they are. */
export interface Sender {
  readonly interface: string;
  readonly address: string;
  readonly family: Family;
  readonly mark: number;
  /**
   * `device`: the socket is bound to the interface and marked before its first look-up (ping). `address`: it is bound to
   * the address only; the packet filter marks its packets, and they are looked up once more.
   */
  readonly bound: "device" | "address";
}

export interface Destination {
  readonly address: string;
  readonly protocol: "icmp" | "tcp" | "udp";
  /** null: the protocol has none. */
  readonly port: number | null;
}

/** What the kernel says to one question. */
export type RouteAnswer =
  | {
      readonly kind: "route";
      /** Where it leads; several: one of them by chance. */
      readonly devices: readonly string[];
      /** To this machine itself. */
      readonly local: boolean;
    }
  /** In the kernel's words. */
  | { readonly kind: "refused"; readonly words: string };

/**
 * - `own`: by the uplink's device
 * - `none`: by none at all: so it is lost
 * - `elsewhere`: by another one, or it is not known by which: it would say nothing about the uplink
 */
export type PathVerdict =
  | { readonly kind: "own" }
  | { readonly kind: "none" | "elsewhere"; readonly why: string };

const OWN: PathVerdict = { kind: "own" };

/**
 * Lines for `ip -batch`. `fibmatch` tells which route matched: without it the kernel takes what is asked of a device
 * without a route to be on the link (ip-route(8)).
 */
export function pathQuestions(sender: Sender, destination: Destination): readonly string[] {
  const { address, mark } = sender;
  const base = `route get fibmatch ${destination.address} from ${address}`;
  const kind = selectorOf(sender.family, destination);
  if (sender.bound === "device") return [`${base} oif ${sender.interface} mark ${hex(mark)}${kind}`];
  // The first look-up must find some way, or nothing is sent; the second decides, and knows neither port nor protocol.
  return [`${base}${kind}`, `${base} mark ${hex(mark)}`];
}

function selectorOf(family: Family, { protocol, port }: Destination): string {
  const name = protocol === "icmp" && family === 6 ? "ipv6-icmp" : protocol;
  return ` ipproto ${name}${port === null ? "" : ` dport ${port}`}`;
}

/** @param answers to the questions, in their order */
export function judgePath(
  sender: Sender,
  destination: Destination,
  answers: readonly RouteAnswer[],
): PathVerdict {
  const decisive = answers.at(-1);
  const first = answers[0];
  const to = destination.address;
  if (decisive === undefined || first === undefined)
    return { kind: "elsewhere", why: `no word of the way to ${to}` };
  const away = leadsAway(sender, to, decisive);
  if (away !== null) return away;
  if (first.kind === "refused") {
    const why = `the kernel knows no way to ${to} but with the uplink's mark (${first.words}), so nothing can be sent there`;
    return { kind: "elsewhere", why };
  }
  if (first.local) return { kind: "elsewhere", why: `${to} is this machine itself` };
  return OWN;
}

/** @returns null: it does not */
function leadsAway(sender: Sender, to: string, answer: RouteAnswer): PathVerdict | null {
  const device = sender.interface;
  if (answer.kind === "refused") {
    return { kind: "none", why: `the kernel knows no way to ${to} by ${device}: ${answer.words}` };
  }
  if (answer.local) return { kind: "elsewhere", why: `${to} is this machine itself` };
  const others = answer.devices.filter((name) => name !== device);
  if (others.length === 0 && answer.devices.length > 0) return null;
  const why = `a packet to ${to} would leave by ${others.join(" or ")}, not by ${device} (ip route get ${to} from ${sender.address} mark ${hex(sender.mark)})`;
  return { kind: "elsewhere", why };
}
