/** What the machine's resolver was told of, and what is wanted: kept in two small files. */

import { existsSync } from "node:fs";
import { readJson, writeJson } from "../state/files.ts";
import { PATHS } from "../state/paths.ts";
import type { Wanted } from "./wanted.ts";

/** Programs that can be told of name servers. */
export type Resolver = "dnsmasq" | "systemd-resolved" | "resolvconf";

/** What a link of systemd-resolved had before. */
export interface LinkBefore {
  readonly index: number;
  readonly servers: readonly string[];
  readonly domains: readonly string[];
  readonly defaultRoute: boolean;
}

/** What was done, `/run/waymark/names.json`. */
export interface Done {
  readonly wanted: Wanted;
  /** Who was told; null: nobody. */
  readonly resolver: Resolver | null;
  /** By interface: what systemd-resolved's links had before. */
  readonly before: Readonly<Record<string, LinkBefore>>;
  /** It did not work out. */
  readonly failed: boolean;
}

export const NOTHING_DONE: Done = {
  wanted: { publish: "none", entries: [], round: 0 },
  resolver: null,
  before: {},
  failed: false,
};

/** Whether there is something to do. */
export function isStale(wanted: Wanted, done: Done): boolean {
  return done.failed || JSON.stringify(wanted) !== JSON.stringify(done.wanted);
}

/** Another version of what is kept is not read. */
const FORMAT = 1;

interface Stored<T> {
  readonly format: number;
  readonly value: T;
}

function read<T>(path: string): T | null {
  // Most machines have none, and an error is dearer than a question.
  if (!existsSync(path)) return null;
  const stored = readJson<Stored<T>>(path);
  return stored?.format === FORMAT ? stored.value : null;
}

const write = (path: string, value: unknown) => writeJson(path, { format: FORMAT, value });

/** What is to be published; nothing if nobody ever said. */
export const readWanted = (): Wanted => read<Wanted>(PATHS.namesWanted) ?? NOTHING_DONE.wanted;
export const writeWanted = (wanted: Wanted): void => write(PATHS.namesWanted, wanted);

/** What was done. */
export const readDone = (): Done => read<Done>(PATHS.namesDone) ?? NOTHING_DONE;
export const writeDone = (done: Done): void => write(PATHS.namesDone, done);
