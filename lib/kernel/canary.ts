/**
 * Tells without a process whether the packet filter that was loaded is still there.
 *
 * The table drops datagrams to one loopback address, made from its own fingerprint. Sending one there fails at once with
 * EPERM if the table is there (the kernel tells a local sender that its packet was dropped on the way out), and succeeds
 * if it is not. The neighbouring address must take one, or else some firewall of the machine's drops everything and the
 * answer says nothing. All of it goes to port 9 (discard, RFC 863), where by definition nothing can come of it.
 */

import { signPlace } from "./canary-place.ts";
import type { Ruleset } from "./ruleset.ts";

/** The chain that `output` sends loopback packets to. */
const CHAIN = "loopback";
const DISCARD = 9;

/** The words by which a listing of the table shows the fingerprint. */
export function canaryRule(fingerprint: string): string {
  return `ip daddr ${signPlace(fingerprint).host} udp dport ${DISCARD} drop`;
}

/** The ruleset that also tells which one it is. */
export function withCanary(ruleset: Ruleset, fingerprint: string): Ruleset {
  const rules = [canaryRule(fingerprint)];
  return ruleset.map((chain) => (chain.name === CHAIN ? { ...chain, rules } : chain));
}

/** @returns whether the table with this fingerprint is loaded; null: cannot be told this way. */
export async function isLoaded(fingerprint: string): Promise<boolean | null> {
  const { host, beside } = signPlace(fingerprint);
  const sent = await isSent(host);
  if (sent !== false) return sent === true ? false : null;
  return (await isSent(beside)) === true ? true : null;
}

/**
 * What the hook's shell front found out the same way while Node started (hooks/front/event.sh).
 * @param said `HOST there` or `HOST gone`; anything else is no answer
 * @returns as `isLoaded`
 */
export function frontFound(fingerprint: string, said: string): boolean | null {
  const [host, found] = said.trim().split(" ");
  if (host !== signPlace(fingerprint).host) return null;
  return found === "there" ? true : found === "gone" ? false : null;
}

/** Whether a datagram gets out; null: something else stops it. */
async function isSent(host: string): Promise<boolean | null> {
  // Loaded late: a hook whose front has the answer does without, which saves an eighth of what bare Node costs.
  const { createSocket } = await import("node:dgram");
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    const end = (error?: NodeJS.ErrnoException | null) => {
      socket.close();
      resolve(error == null ? true : error.code === "EPERM" ? false : null);
    };
    socket.once("error", end);
    socket.send("", DISCARD, host, end);
  });
}
