/** Brings the packet filter from what is loaded to what is wanted, with as little as possible. */

import { canaryRule, withCanary } from "../kernel/canary.ts";
import { type Command, CommandError } from "../kernel/command.ts";
import { changeTable, deleteTable, NFT_TABLE, type Ruleset, replaceTable } from "../kernel/ruleset.ts";
import type { Filter } from "../plan/filter.ts";
import { fingerprint } from "../plan/fingerprint.ts";
import { planPacketFilter } from "../plan/packet-filter.ts";
import { messageOf } from "../state/files.ts";
import type { World } from "./world.ts";

/** What is known to be loaded. */
export interface Loaded {
  /** null: nothing, or nothing that can be relied on. */
  readonly fingerprint: string | null;
}

export function fingerprintOf(ruleset: Ruleset): string {
  return fingerprint(JSON.stringify(ruleset));
}

/** Whether what was loaded last is still there: by its own sign, or else by asking `nft`. */
export async function stillLoaded(world: World, print: string | null): Promise<Loaded> {
  if (print === null) return { fingerprint: null };
  const known = await world.isLoaded(print);
  if (known !== null) return { fingerprint: known ? print : null };
  const listed = await world.run({
    file: "nft",
    args: ["list", "chain", ...NFT_TABLE.split(" "), "loopback"],
  });
  return { fingerprint: listed.stdout.includes(canaryWords(print)) ? print : null };
}

/** The part of the sign that every version of nft prints alike. */
function canaryWords(print: string): string {
  return canaryRule(print).split(" drop")[0] ?? "";
}

/**
 * Compares the whole table with what was loaded, chain by chain, by the number of their rules: finds what somebody
 * else removed or added, and costs a process.
 */
export async function isUntouched(world: World, print: string): Promise<boolean> {
  const chains = chainsIn(world.loadedChains());
  const listed = await world.run({ file: "nft", args: ["list", "table", ...NFT_TABLE.split(" ")] });
  if (chains === null || listed.exitCode !== 0 || !listed.stdout.includes(canaryWords(print))) return false;
  const counts = new Map<string, number>();
  let chain = "";
  for (const line of listed.stdout.split("\n").map((text) => text.trim())) {
    const head = /^chain (\S+) \{/.exec(line)?.[1];
    if (head !== undefined) {
      chain = head;
      counts.set(chain, 0);
    } else if (line === "}" || line === "") {
      chain = line === "}" ? "" : chain;
    } else if (chain !== "" && !line.startsWith("type ") && !line.startsWith("comment ")) {
      counts.set(chain, (counts.get(chain) ?? 0) + 1);
    }
  }
  return (
    counts.size === chains.length && chains.every(({ name, rules }) => counts.get(name) === rules.length)
  );
}

export interface PacketFilterStep {
  readonly loaded: Loaded;
  /** Input of `nft -f` that was run; "" if none was needed. */
  readonly text: string;
  readonly errors: readonly string[];
}

/** What `nft -f` would be given to come from what is loaded to what is wanted; "" for nothing. */
export function packetFilterInput(world: World, loaded: Loaded, filter: Filter): string {
  return isMadeFrom(world, loaded, filter) ? "" : inputFor(world, loaded, planPacketFilter(filter));
}

function inputFor(world: World, loaded: Loaded, ruleset: Ruleset): string {
  if (ruleset.length === 0) return loaded.fingerprint === null ? "" : deleteTable();
  const text = loaded.fingerprint === null ? null : world.loadedChains();
  // Comparing the text costs a hook less than a fingerprint of it, and less than reading it.
  if (loaded.fingerprint !== null && text === JSON.stringify(withCanary(ruleset, loaded.fingerprint)))
    return "";
  // Those that were kept may be of a time before the last that could be kept.
  const isTold = loaded.fingerprint !== null && text?.includes(canaryRule(loaded.fingerprint)) === true;
  const chains = isTold ? chainsIn(text) : null;
  const full = withCanary(ruleset, fingerprintOf(ruleset));
  return chains === null ? replaceTable(full) : changeTable(chains, full);
}

/** Whether what is loaded was made from this: then the chains need not be made again to be compared. */
function isMadeFrom(world: World, { fingerprint }: Loaded, filter: Filter): boolean {
  return fingerprint !== null && world.loadedFilter() === sourceText(fingerprint, filter);
}

const sourceText = (fingerprint: string, filter: Filter) => `${fingerprint}\n${JSON.stringify(filter)}`;

/** The chains as they were kept; null: that is not known. */
function chainsIn(text: string | null): Ruleset | null {
  try {
    return text === null ? null : (JSON.parse(text) as Ruleset);
  } catch {
    // A disk that was full once: the whole table is loaded, then.
    return null;
  }
}

/** Loads what is wanted unless it is loaded already. One transaction: it is there whole, or nothing has changed. */
export async function loadPacketFilter(
  world: World,
  loaded: Loaded,
  filter: Filter,
): Promise<PacketFilterStep> {
  if (isMadeFrom(world, loaded, filter)) return { loaded, text: "", errors: [] };
  const ruleset = planPacketFilter(filter);
  const text = inputFor(world, loaded, ruleset);
  if (text === "") return { loaded, text, errors: keepSource(world, loaded.fingerprint, filter) };
  const command: Command = { file: "nft", args: ["-f", "-"], input: text };
  const result = await world.run(command);
  // Some other version may be loaded, which was not known: the whole table, then.
  if (result.exitCode !== 0) {
    return { loaded: { fingerprint: null }, text, errors: [new CommandError(command, result).message] };
  }
  const print = ruleset.length === 0 ? null : fingerprintOf(ruleset);
  const chains = JSON.stringify(print === null ? [] : withCanary(ruleset, print));
  const keeping = keep(() => world.keepChains(chains));
  // Without the chains the next change has to load all of them: nothing may say that it need not.
  const errors =
    keeping.length > 0 ? [...keeping, ...keep(() => world.forgetChains())] : keepSource(world, print, filter);
  return { loaded: { fingerprint: print }, text, errors };
}

function keepSource(world: World, print: string | null, filter: Filter): string[] {
  return print === null ? [] : keep(() => world.keepFilter(sourceText(print, filter)));
}

function keep(store: () => void): string[] {
  try {
    store();
    return [];
  } catch (error) {
    return [`cannot keep what the packet filter was loaded with: ${messageOf(error)}`];
  }
}
