/** One door to the parsers of all sources. */

import { parseDhclient, parseDhcpcd } from "./dhcp-client.ts";
import type { EventSource, Ignored, LinkEvent, ParseEvent } from "./event.ts";
import { parseIfplugd } from "./ifplugd.ts";
import { parseIfupdown } from "./ifupdown.ts";
import { parseNetworkManager } from "./network-manager.ts";
import { parsePppDown, parsePppUp } from "./pppd.ts";

const PARSERS: Record<EventSource, ParseEvent> = {
  "ppp-ip-up": parsePppUp,
  "ppp-ip-down": parsePppDown,
  ifplugd: parseIfplugd,
  ifupdown: parseIfupdown,
  "nm-dispatcher": parseNetworkManager,
  dhclient: parseDhclient,
  dhcpcd: parseDhcpcd,
};

/**
 * What a source's arguments and variables tell. Every value may be hostile; nothing makes it throw.
 * @returns the event, or why nothing needs doing
 */
export function parseEvent(
  source: EventSource,
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): LinkEvent | Ignored {
  return PARSERS[source](argv, env);
}
