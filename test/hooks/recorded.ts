/** Invocations of the hooks as real callers made them. */

import { readFileSync } from "node:fs";

export interface Recorded {
  readonly id: string;
  /** Package and directory that the caller looked in. */
  readonly hook: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const FILE = new URL("../fixtures/hook-events/events.json", import.meta.url);

/** Every recorded invocation, in the order of the recordings. */
export const RECORDED = JSON.parse(readFileSync(FILE, "utf8")) as readonly Recorded[];

/**
 * Which file of the lab's router answers in each place. NetworkManager's pre-up.d and pre-down.d hold links to the same
 * one; the DHCP clients' start it as a process.
 */
export const FILES: Readonly<Record<string, string>> = {
  "ppp/ip-up.d": "/etc/ppp/ip-up.d/waymark",
  "ppp/ipv6-up.d": "/etc/ppp/ipv6-up.d/waymark",
  "ppp/ip-down.d": "/etc/ppp/ip-down.d/waymark",
  "ppp/ipv6-down.d": "/etc/ppp/ipv6-down.d/waymark",
  "ifplugd/action.d": "/etc/ifplugd/action.d/waymark",
  "ifupdown/if-up.d": "/etc/network/if-up.d/waymark",
  "ifupdown/if-post-down.d": "/etc/network/if-post-down.d/waymark",
  "nm/dispatcher.d": "/etc/NetworkManager/dispatcher.d/90-waymark",
  "nm/pre-up.d": "/etc/NetworkManager/dispatcher.d/90-waymark",
  "nm/pre-down.d": "/etc/NetworkManager/dispatcher.d/90-waymark",
  "dhclient/dhclient-exit-hooks.d": "/etc/dhcp/dhclient-exit-hooks.d/waymark",
  "dhcpcd/dhcpcd-hooks": "/usr/local/lib/dhcpcd-hooks/70-waymark",
};

/** The places that are called, in the order of the alphabet. */
export const HOOKS = Object.keys(FILES).sort();

/** What was recorded of one hook. */
export function eventsOf(hook: string): readonly Recorded[] {
  return RECORDED.filter((event) => event.hook === hook);
}

/** Every third event, and two at least: always the same. */
export function aThirdOf(events: readonly Recorded[]): readonly Recorded[] {
  const every = Math.max(1, Math.min(3, Math.floor(events.length / 2)));
  return events.filter((_, place) => place % every === 0);
}
