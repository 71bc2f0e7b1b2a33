/** The hooks as they are installed, and the programs that call them. */

import type { Facts } from "./facts.ts";

export interface CallerHook {
  readonly path: string;
  readonly caller: "pppd" | "ifplugd" | "ifupdown" | "NetworkManager" | "dhclient" | "dhcpcd";
  /** `sourced`: read by a shell, so it need not be executable. */
  readonly how: "run" | "sourced";
}

export const CALLER_HOOKS: readonly CallerHook[] = [
  { path: "/etc/ppp/ip-up.d/waymark", caller: "pppd", how: "run" },
  { path: "/etc/ppp/ip-down.d/waymark", caller: "pppd", how: "run" },
  { path: "/etc/ppp/ipv6-up.d/waymark", caller: "pppd", how: "run" },
  { path: "/etc/ppp/ipv6-down.d/waymark", caller: "pppd", how: "run" },
  { path: "/etc/ifplugd/action.d/waymark", caller: "ifplugd", how: "run" },
  { path: "/etc/network/if-up.d/waymark", caller: "ifupdown", how: "run" },
  { path: "/etc/network/if-post-down.d/waymark", caller: "ifupdown", how: "run" },
  { path: "/etc/NetworkManager/dispatcher.d/90-waymark", caller: "NetworkManager", how: "run" },
  { path: "/etc/dhcp/dhclient-exit-hooks.d/waymark", caller: "dhclient", how: "sourced" },
  { path: "/usr/lib/dhcpcd/dhcpcd-hooks/70-waymark", caller: "dhcpcd", how: "sourced" },
];

/** Files of which one shows that a caller is installed. */
const PROGRAMS: Readonly<Record<CallerHook["caller"], readonly string[]>> = {
  pppd: ["/usr/sbin/pppd"],
  ifplugd: ["/usr/sbin/ifplugd"],
  ifupdown: ["/usr/sbin/ifup", "/sbin/ifup"],
  NetworkManager: ["/usr/sbin/NetworkManager"],
  dhclient: ["/usr/sbin/dhclient", "/sbin/dhclient"],
  dhcpcd: ["/usr/sbin/dhcpcd", "/sbin/dhcpcd"],
};

export function isInstalled({ entries }: Facts, caller: CallerHook["caller"]): boolean {
  return PROGRAMS[caller].some((path) => entries[path] !== undefined);
}

/** Every file of a caller's, for who reads the facts. */
export const CALLER_PROGRAMS: readonly string[] = Object.values(PROGRAMS).flat();

/** Directories whose files run-parts(8) runs. */
export const RUN_PARTS = [
  "/etc/ppp/ip-up.d",
  "/etc/ppp/ip-down.d",
  "/etc/ppp/ipv6-up.d",
  "/etc/ppp/ipv6-down.d",
  "/etc/ifplugd/action.d",
  "/etc/network/if-pre-up.d",
  "/etc/network/if-up.d",
  "/etc/network/if-down.d",
  "/etc/network/if-post-down.d",
] as const;

/** The line that a complete hook ends with, and the one that says where node is. */
export const HOOK_END = ["#@@", "waymark", "end", "@@#"].join(" ");
const NODE_LINE = /^WAYMARK_NODE=(.*)$/m;

/** Whether the text is one of the built files. */
export function isHook(text: string): boolean {
  return NODE_LINE.test(text);
}

/** Whether it is one of ours and reaches to its end. */
export function isWhole(text: string): boolean {
  return text.trimEnd().endsWith(HOOK_END);
}

/** The node that a hook was told of; "" if it looks for one itself. */
export function nodeOf(text: string): string {
  return NODE_LINE.exec(text)?.[1]?.trim() ?? "";
}
