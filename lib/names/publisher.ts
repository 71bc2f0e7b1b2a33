/**
 * Brings the machine's resolver to what is wanted, and remembers what was done there, so that it can be taken back.
 * It is a process of its own that does this: resolvconf's scripts take their time, and no hook waits for them.
 */

import { type LogLine, PRIORITY } from "../log.ts";
import { messageOf } from "../state/files.ts";
import { type Done, isStale, type Resolver } from "./done.ts";
import type { Wanted } from "./wanted.ts";

/** One of those programs. Its methods throw what went wrong. */
export interface Publishing {
  /** @returns what is to be put back one day, with what has to be known before these servers are told */
  remember(entries: Wanted["entries"], before: Done["before"]): Promise<Done["before"]>;
  /** Tells it of these servers and no others. @returns what is still to be put back one day */
  publish(entries: Wanted["entries"], before: Done["before"]): Promise<Done["before"]>;
  /** Takes back all that was told. */
  withdraw(before: Done["before"]): Promise<void>;
}

/** Everything outside that publishing touches. */
export interface NamesEdge {
  /** Takes the lock of those who publish. @returns what gives it back; null: somebody has it */
  lock(): Promise<(() => Promise<void>) | null>;
  /** What is wanted now. */
  wanted(): Wanted;
  done(): Done;
  keep(done: Done): void;
  /** Who serves names on this machine, for "auto"; null: nobody that is known. */
  detect(): Resolver | null;
  publishing(resolver: Resolver): Publishing;
  /** Has the next event look at everything anew, also if it finds nothing changed. */
  unsettle(): void;
  wait(milliseconds: number): Promise<void>;
  say(lines: readonly LogLine[]): void;
}

/** Between tries, milliseconds. Afterwards it is for the next event. */
const PAUSES: readonly number[] = [1_000, 5_000, 20_000];

/**
 * Publishes what is wanted, and withdraws what is not. Ends at once when somebody else is at it: whoever holds the lock
 * looks once more after giving it back.
 * @param pauses behind tries that failed, milliseconds
 */
export async function publishNames(edge: NamesEdge, pauses: readonly number[] = PAUSES): Promise<void> {
  let tries = 0;
  while (isStale(edge.wanted(), edge.done())) {
    const unlock = await edge.lock();
    if (unlock === null) return;
    try {
      await publishOnce(edge);
    } finally {
      await unlock();
    }
    if (!edge.done().failed) tries = 0;
    else if (tries < pauses.length) await edge.wait(pauses[tries++] ?? 0);
    else return;
  }
}

async function publishOnce(edge: NamesEdge): Promise<void> {
  const wanted = edge.wanted();
  const before = edge.done();
  const resolver = resolverFor(edge, wanted, before);
  // What is begun is noted first, so that it can be taken back also if nobody comes to say that it is done.
  let reached: Done = { ...before, failed: true };
  const reach = (what: Partial<Done>) => {
    reached = { ...reached, ...what };
    edge.keep(reached);
  };
  try {
    if (before.resolver !== null && before.resolver !== resolver) {
      await edge.publishing(before.resolver).withdraw(before.before);
      reach({ resolver: null, before: {} });
    }
    if (resolver !== null) {
      const publishing = edge.publishing(resolver);
      reach({ resolver, before: await publishing.remember(wanted.entries, reached.before) });
      reach({ before: await publishing.publish(wanted.entries, reached.before) });
    }
    reach({ wanted, failed: false });
    const text = textOf(wanted, resolver);
    if (text !== textOf(before.wanted, before.resolver)) edge.say([{ priority: PRIORITY.info, text }]);
  } catch (error) {
    reach({});
    edge.unsettle();
    edge.say([{ priority: PRIORITY.error, text: `name servers: ${messageOf(error)}` }]);
  }
}

/** Who is to be told. */
function resolverFor(edge: NamesEdge, { publish, entries }: Wanted, done: Done): Resolver | null {
  if (publish === "none" || entries.length === 0) return null;
  // Whoever was told already stays, should "auto" find nobody at the moment.
  return publish === "auto" ? (edge.detect() ?? done.resolver) : publish;
}

function textOf({ entries }: Wanted, resolver: Resolver | null): string {
  if (entries.length === 0) return "name servers: none";
  const all = entries.map(({ uplink, servers }) => `${servers.join(", ")} (${uplink})`).join(", ");
  return resolver === null
    ? `name servers: ${all}, but none of dnsmasq, systemd-resolved and resolvconf is there to be told`
    : `name servers: ${all} to ${resolver}`;
}

/**
 * Waits until everything is taken back; `wanted` must be nothing already.
 * @returns what went wrong
 */
export async function withdrawNames(edge: NamesEdge, patience = 20_000): Promise<string[]> {
  const step = 100;
  for (let waited = 0; waited <= patience; waited += step) {
    // Another one may be at it, who then takes it back too.
    await publishNames(edge, []);
    const done = edge.done();
    if (!isStale(edge.wanted(), done)) return [];
    if (done.failed) return [`name servers could not be taken back from ${done.resolver}`];
    await edge.wait(step);
  }
  return ["name servers could not be taken back: somebody else is at it"];
}
