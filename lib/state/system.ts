/**
 * The configuration in force with the numbers of its uplinks. It is read from TOML only when the file changed; the
 * hooks find it checked and ready in /run. A file that is wrong, or gone, leaves the last good one in force.
 */

import { loadReader } from "../config/late.ts";
import type { Config } from "../config/types.ts";
import { allocateNumbers, type Numbers } from "../plan/marks.ts";
import { messageOf, readJson, stampOf, writeJson } from "./files.ts";
import { PATHS } from "./paths.ts";

export interface System {
  /** null: there never was a good one. */
  readonly config: Config | null;
  readonly numbers: Numbers;
  /** Which version of the file this was made from. */
  readonly stamp: string;
  /** By path: which versions of the prefix files. */
  readonly prefixFiles: Readonly<Record<string, string>>;
  /** What is wrong with the file of that version, one problem a line; null: nothing. */
  readonly error: string | null;
}

/** What came of looking, and what could not be kept. */
export interface Loaded {
  readonly system: System;
  /** The file was read anew. */
  readonly fresh: boolean;
  readonly warnings: readonly string[];
}

/** The version of this program's own format; another one is read anew. */
const FORMAT = 2;

interface Stored extends System {
  readonly format: number;
}

/**
 * The system as of now. Cheap while the file stays as it is.
 * @param keep false: nothing is written (for verbs that only look)
 */
export async function loadSystem(keep: boolean): Promise<Loaded> {
  const stamp = stampOf(PATHS.config);
  const stored = readJson<Stored>(PATHS.system);
  if (stored?.format === FORMAT && stored.stamp === stamp && samePrefixFiles(stored)) {
    return { system: stored, fresh: false, warnings: [] };
  }
  return readSystem(stamp, stored?.format === FORMAT ? stored : null, keep);
}

function samePrefixFiles(system: System): boolean {
  return Object.entries(system.prefixFiles).every(([path, stamp]) => stampOf(path) === stamp);
}

async function readSystem(stamp: string, stored: System | null, keep: boolean): Promise<Loaded> {
  // Loaded only here: a hook with an unchanged file never pays for the TOML reader.
  const { completed, readConfig } = await loadReader();
  const read = readConfig(PATHS.config);
  // The last good one may have been stored by an earlier version, that of this format in /run was not.
  const earlier = "config" in read ? null : readJson<Config>(PATHS.lastGood);
  const lastGood =
    "config" in read ? read.config : earlier === null ? (stored?.config ?? null) : completed(earlier);
  const before = readJson<Numbers>(PATHS.numbers) ?? stored?.numbers ?? {};
  const names = lastGood?.uplinks.map((uplink) => uplink.name) ?? [];
  const numbers = lastGood === null ? before : allocateNumbers(names, before, lastGood.marks.mask);
  const files = (lastGood?.rules ?? []).flatMap((rule) => rule.destinationFile ?? []);
  const system: System = {
    config: lastGood,
    numbers,
    stamp,
    prefixFiles: Object.fromEntries(files.map((path) => [path, stampOf(path)])),
    error: "config" in read ? null : read.error,
  };
  if (!keep) return { system, fresh: true, warnings: [] };
  const warnings = [
    ...kept(PATHS.numbers, numbers, before),
    ...("config" in read ? kept(PATHS.lastGood, read.config, null) : []),
    ...kept(PATHS.system, { ...system, format: FORMAT }, null),
  ];
  return { system, fresh: true, warnings };
}

/** Stores what is not stored yet; says what stopped it, since a full disk must not stop the routing. */
function kept(path: string, value: unknown, before: unknown): string[] {
  if (JSON.stringify(value) === JSON.stringify(before)) return [];
  try {
    writeJson(path, value);
    return [];
  } catch (error) {
    return [`cannot keep ${path}: ${messageOf(error)}`];
  }
}
