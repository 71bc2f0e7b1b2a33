/**
 * Notices that wait: a file for each run that had any, in /run/waymark/notices. Whoever runs the programs takes them in
 * order, and removes each once all programs have had it.
 */

import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { isAbsent, readJson, writeJson } from "../state/files.ts";

/** The environments that the programs are to be run with, one after the other. */
export type Batch = readonly Readonly<Record<string, string>>[];

/** More than this wait only where programs hang, or a line goes up and down without pause: then the oldest are dropped. */
const MOST_FILES = 200;

const FORMAT = 1;

interface Stored {
  readonly format: number;
  readonly batch: Batch;
}

const isFile = (name: string) => /^\d{20}\.json$/.test(name);

/** Names of the files that wait, oldest first. */
export function waiting(directory: string): string[] {
  try {
    return readdirSync(directory).filter(isFile).sort();
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

/**
 * Puts a batch behind those that wait. The lock is held by whoever calls, so that the order is that of the runs.
 * @param now nanoseconds since the boot (CLOCK_MONOTONIC): the wall clock may be set back
 * @returns how many old files had to be dropped
 * @throws what the file system says
 */
export function putBatch(directory: string, batch: Batch, now: bigint): number {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const surplus = waiting(directory).slice(0, -(MOST_FILES - 1));
  for (const name of surplus) rmSync(`${directory}/${name}`, { force: true });
  writeJson(`${directory}/${String(now).padStart(20, "0")}.json`, { format: FORMAT, batch });
  return surplus.length;
}

/** What a file holds; empty for one that cannot be understood. */
export function readBatch(directory: string, name: string): Batch {
  const stored = readJson<Stored>(`${directory}/${name}`);
  return stored?.format === FORMAT && Array.isArray(stored.batch) ? stored.batch : [];
}

/** Takes a file away. */
export function removeBatch(directory: string, name: string): void {
  rmSync(`${directory}/${name}`, { force: true });
}
