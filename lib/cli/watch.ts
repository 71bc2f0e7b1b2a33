/** `waymark watch` */

import { Watch } from "../watch/service.ts";
import { parseOptions } from "./options.ts";
import { needRoot } from "./session.ts";

/** Runs until a signal ends it. @returns the exit status */
export async function watchVerb(words: readonly string[]): Promise<number> {
  parseOptions(words, { strings: [], booleans: [], positionals: [0, 0] });
  needRoot("watch");
  return new Watch().run();
}
