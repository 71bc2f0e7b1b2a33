/**
 * The list of devices and PPP peers that concern somebody, one line of words, which the hooks' shell front reads to
 * end an event for anything else before Node starts.
 */

import type { Config } from "../config/types.ts";
import { messageOf } from "./files.ts";
import { keepNewer } from "./newer.ts";
import { PATHS } from "./paths.ts";
import type { State } from "./record.ts";

/** ` eth0 wlan0 peer:gsm `, with a space at both ends. */
export function indexText(config: Config, state: State): string {
  const words = config.uplinks.flatMap((uplink) => [
    ...(uplink.interface === null ? [] : [uplink.interface]),
    ...(uplink.carrier === null ? [] : [uplink.carrier]),
    ...(uplink.peer === null ? [] : [`peer:${uplink.peer}`]),
    ...[state.uplinks[uplink.name]?.interface ?? []].flat(),
  ]);
  return ` ${[...new Set(words)].join(" ")} \n`;
}

/**
 * Stores the index. Its time matters: the front takes an index that is not newer than the configuration for none.
 * @returns what stopped it
 */
export function keepIndex(text: string): string[] {
  try {
    keepNewer(PATHS.index, text);
    return [];
  } catch (error) {
    return [`cannot keep ${PATHS.index}: ${messageOf(error)}`];
  }
}
