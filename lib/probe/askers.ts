/** The asker for a target, by the method of its check. */

import type { Check, CheckTarget } from "../config/types.ts";
import { hurriedInterval } from "../health/pace.ts";
import { type Family, parseAddress } from "../net/prefix.ts";
import type { Asker, AskerEvents } from "./asker.ts";
import type { Attempt } from "./attempt.ts";
import { dnsAttempt } from "./dns.ts";
import { httpAttempt } from "./http.ts";
import type { Destination, Sender } from "./path.ts";
import { pingAsker } from "./ping.ts";
import { socketAsker } from "./socket-asker.ts";
import { tcpAttempt } from "./tcp.ts";

const PROTOCOL = { ping: "icmp", tcp: "tcp", dns: "udp", http: "tcp" } as const;

/** Ports that go without saying. */
const PORT = { dns: 53, http: 80, https: 443 } as const;

/** Who sends the probes of a check. */
export function senderOf(
  check: Check,
  line: { interface: string; address: string; family: Family; mark: number },
): Sender {
  const { address, family, mark } = line;
  return {
    interface: line.interface,
    address,
    family,
    mark,
    bound: check.method === "ping" ? "device" : "address",
  };
}

/** @param address of the target's host */
export function destinationOf({ method }: Check, target: CheckTarget, address: string): Destination {
  return { address, protocol: PROTOCOL[method], port: method === "ping" ? null : portOf(method, target) };
}

function portOf(method: "tcp" | "dns" | "http", { port, name }: CheckTarget): number {
  if (port !== null) return port;
  if (method === "http") return name.startsWith("https:") ? PORT.https : PORT.http;
  return PORT.dns;
}

/**
 * @param address of the target's host
 * @param count how many targets the check has in this family
 */
export function askerFor(
  check: Check,
  sender: Sender,
  target: CheckTarget,
  address: string,
  count: number,
  events: AskerEvents,
): Asker {
  if (check.method === "ping")
    return pingAsker({ ...sender, target: address, gaps: gapsOf(check, count) }, events);
  const leg = {
    from: sender.address,
    family: sender.family,
    to: address,
    port: portOf(check.method, target),
  };
  return socketAsker(attemptFor(check, leg, target), check.timeout, events);
}

function attemptFor(check: Check, leg: Parameters<typeof tcpAttempt>[0], target: CheckTarget): Attempt {
  switch (check.method) {
    case "dns":
      return dnsAttempt(leg, check.query ?? ".");
    case "http": {
      const serverName = parseAddress(target.host) === null ? target.host : null;
      const { expect, keyword } = check;
      return httpAttempt(leg, { url: new URL(target.name), serverName, expect: expect ?? 204, keyword });
    }
    default:
      return tcpAttempt(leg);
  }
}

/**
 * How far apart the probes of a ping that gets no answer are: all targets together as hurried as the check wants, but
 * never so far that the next usual one would have to wait for it.
 */
export function gapsOf(check: Check, count: number): { hurried: number; usual: number } {
  const usual = 0.9 * check.interval;
  return { hurried: Math.min(usual, hurriedInterval(check) * count), usual };
}
