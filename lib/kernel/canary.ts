/**
 * Tells without a process whether the packet filter that was loaded is still there.
 *
 * The table refuses one loopback address and port, made from its own fingerprint, with an ICMP error that nothing else
 * gives. A connection attempt there ends at once: EHOSTUNREACH, the table is there; ECONNREFUSED, it is not (nobody
 * listens). The neighbouring address must answer ECONNREFUSED, or else some firewall of the machine's refuses
 * everything and the answer says nothing.
 */

import { connect } from "node:net";
import { signPlace } from "./canary-place.ts";
import type { Ruleset } from "./ruleset.ts";

/** The chain that `output` sends loopback packets to. */
const CHAIN = "loopback";
/** 1.5 ms is usual; a machine that is very busy gets its answer from `nft` instead. */
const PATIENCE_MS = 250;

/** The words by which a listing of the table shows the fingerprint. */
export function canaryRule(fingerprint: string): string {
  const { host, port } = signPlace(fingerprint);
  return `ip daddr ${host} tcp dport ${port} reject with icmp admin-prohibited`;
}

/** The ruleset that also tells which one it is. */
export function withCanary(ruleset: Ruleset, fingerprint: string): Ruleset {
  const rules = [canaryRule(fingerprint)];
  return ruleset.map((chain) => (chain.name === CHAIN ? { ...chain, rules } : chain));
}

/** @returns whether the table with this fingerprint is loaded; null: cannot be told this way. */
export async function isLoaded(fingerprint: string): Promise<boolean | null> {
  const { host, beside, port } = signPlace(fingerprint);
  const answer = await attempt(host, port);
  if (answer === "ECONNREFUSED") return false;
  if (answer !== "EHOSTUNREACH") return null;
  return (await attempt(beside, port)) === "ECONNREFUSED" ? true : null;
}

/** How a connection attempt ends: an errno's name, or null. */
function attempt(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (answer: string | null) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(PATIENCE_MS, () => end(null));
    socket.on("connect", () => end(null));
    socket.on("error", (error: NodeJS.ErrnoException) => end(error.code ?? null));
  });
}
