/**
 * What was there when a run last ended well, so that an event that finds all of it unchanged can end without planning
 * anything: /run/waymark/seen.json. Events come twice and more often than that.
 */

import type { LookText } from "../reconcile/world.ts";
import { readJson, readText, stampOf } from "../state/files.ts";
import { PATHS } from "../state/paths.ts";

export interface Seen {
  /** What was asked; what was said is in a file of its own, unread by JSON. */
  readonly asked: string;
  readonly asked6: string;
  /** By path: versions of the configuration and of the files it names. */
  readonly stamps: Readonly<Record<string, string>>;
  /** By path: settings that `ip` does not tell. */
  readonly settings: Readonly<Record<string, string>>;
  readonly packetFilter: string;
  /** By what a hook handed over: what to call that event. Its facts are known. */
  readonly digested: Readonly<Record<string, string>>;
}

/** Lifetimes of addresses and routes run down by themselves. */
function withoutLifetimes(text: string): string {
  return text.replace(/"(?:valid_life_time|preferred_life_time|expires)":\d+,?/g, "");
}

/** What `seenLook` holds. */
export function lookFile({ said, said6 }: LookText): string {
  return `${withoutLifetimes(said)}#\n${withoutLifetimes(said6)}`;
}

/** Standard input as the shell front fills it: what both tools said, parted by a line `#`. @param text "" if it did not */
export function parseFrontLook(text: string): LookText | null {
  if (text === "") return null;
  const asked = readText(PATHS.look);
  const asked6 = readText(PATHS.look6) ?? "";
  const [said, said6 = ""] = text.split(/^#\n/m);
  return asked === null || said === undefined || said === "" ? null : { asked, asked6, said, said6 };
}

/**
 * Whether everything but the packet filter is as it was.
 * @param events what each waiting hook handed over
 */
export function isUnchanged(seen: Seen, look: LookText, events: readonly string[]): boolean {
  return (
    events.every((event) => seen.digested[event] !== undefined) &&
    seen.asked === look.asked &&
    seen.asked6 === look.asked6 &&
    readText(PATHS.seenLook) === lookFile(look) &&
    Object.entries(seen.stamps).every(([path, stamp]) => stampOf(path) === stamp) &&
    Object.entries(seen.settings).every(([path, value]) => readText(path)?.trim() === value)
  );
}

/** What was stored; null: nothing that holds. */
export function readSeen(): Seen | null {
  return readJson<Seen>(PATHS.seen);
}
