/** Whether a monitor listens already: what happens between its start and that moment it never hears of. */

import { readFileSync } from "node:fs";

/** Netlink protocols, linux/netlink.h. */
export const NETLINK = { route: 0, netfilter: 12 } as const;

/**
 * Reads /proc/PID/net/netlink: whether the process has a socket of that protocol that is a member of some group. Pure.
 * @param text columns: address, protocol, port id (that of a process's first socket is its own), groups as hex digits, …
 */
export function hasGroups(text: string, pid: number, protocol: number): boolean {
  return text.split("\n").some((line) => {
    const [, eth, port, groups] = line.trim().split(/\s+/);
    return eth === String(protocol) && port === String(pid) && /[1-9a-f]/i.test(groups ?? "");
  });
}

const LOOK_EVERY_MS = 5;
/** Then it cannot be seen (a strange /proc), or is busy copying what the packet filter holds. */
const PATIENCE_MS = 2000;

/** @returns true when the process listens; false when it has ended, or patience has */
export async function untilListening(pid: number, protocol: number): Promise<boolean> {
  for (let waited = 0; waited < PATIENCE_MS; waited += LOOK_EVERY_MS) {
    try {
      if (hasGroups(readFileSync(`/proc/${pid}/net/netlink`, "utf8"), pid, protocol)) return true;
    } catch {
      return false;
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  return false;
}
