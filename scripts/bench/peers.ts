/** Shell scripts of the kind that Waymark replaces: the same steps, one program each. */

import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Candidate } from "./measure.ts";

const SCRIPTS: Readonly<Record<string, string>> = {
  "per-line table and mark rule (4 ip)": `
ip rule del priority 900 2>/dev/null
ip route flush table 900 2>/dev/null
ip route add default dev up1 table 900
ip rule add priority 900 fwmark 9 table 900
exit 0`,
  "switch of the default after looking (pipelines)": `
plugged=$(cat /sys/class/net/lo/operstate | wc -l)
one=$(ip route | grep 'default.*up1' | tr -s ' ' | cut -d' ' -f5 | head -n1 | wc -l)
two=$(ip route | grep 'default.*up2' | tr -s ' ' | cut -d' ' -f5 | head -n1 | wc -l)
while ip route del default 2>/dev/null; do :; done
ip neigh flush dev up1
ip route add default dev up1
exit 0`,
  "address change of two lines (sed, rules, NAT)": `
for n in 1 2; do
  now=$(ip addr show up$n | sed -n 's/.*inet \\([0-9.]*\\).*/\\1/p' | head -n1)
  last=$(echo "$now" | tail -1 | sed -n 's/\\(.*\\)/\\1/p')
  ip rule del priority 91$n 2>/dev/null
  ip rule add from "$now" priority 91$n table 91$n
  ip route replace default dev up$n table 91$n
  iptables -t nat -D POSTROUTING -o up$n -j SNAT --to-source "$last" 2>/dev/null
  iptables -t nat -A POSTROUTING -o up$n -j SNAT --to-source "$now" 2>/dev/null
done
exit 0`,
};

/** The scripts as files in a directory. */
export function shellPeers(home: string): Candidate[] {
  return Object.entries(SCRIPTS).map(([name, text], place) => {
    const path = join(home, `peer${place}`);
    writeFileSync(path, `#!/bin/sh\n${text.trim()}\n`);
    chmodSync(path, 0o755);
    return { name, command: [path] };
  });
}
