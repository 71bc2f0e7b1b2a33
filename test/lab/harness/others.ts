import { expect } from "vitest";
import type { Isp } from "./isp.ts";
import type { Machine } from "./machine.ts";
import { flows } from "./peer.ts";
import type { Router } from "./router.ts";

/**
 * Rules, routes and packet filters that are not Waymark's, as they are now. Counters run by themselves; nftables numbers
 * its handles anew, and rules and routes of one rank stand in the order of their making, which means nothing.
 */
export async function theirs(router: Router): Promise<string> {
  const text = await router.sh(`
    for v in -4 -6; do
      ip -N $v rule | grep -v 'proto 87' | sort
      ip -N $v route show table all | grep -v 'proto 87' | sed 's/expires [0-9]*sec//' | sort
    done
    nft list ruleset
    [ ! -s /proc/net/ip_tables_names ] || iptables-legacy-save | grep -v '^#'`);
  return text
    .replace(/^table inet waymark \{.*?^\}\n?/ms, "")
    .replace(/packets \d+ bytes \d+/g, "")
    .replace(/\[\d+:\d+\]/g, "")
    .replace(/^\s*\n/gm, "")
    .trim();
}

/** The part of the kernel that is Waymark's: by the protocol of its rules and routes, and by the name of its table. */
export async function ours(router: Router): Promise<string> {
  return router.sh(`
    for v in -4 -6; do
      ip -N $v rule | grep 'proto 87' | sort || true
      ip -N $v route show table all | grep 'proto 87' | sort || true
    done
    nft list table inet waymark 2>/dev/null || true`);
}

/** New connections from here leave by one line, with its address, and nothing else leaves by any line. */
export async function expectWay(
  from: Machine,
  isps: readonly Isp[],
  addresses: readonly string[],
  line: number,
): Promise<void> {
  await Promise.all(isps.map((isp) => isp.forget()));
  for (const proto of ["tcp", "udp"] as const) {
    expect(await flows(from, 3, { proto })).toEqual({
      by: { [addresses[line] ?? ""]: 3 },
      failed: 0,
      why: "",
    });
  }
  for (const [place, isp] of isps.entries()) {
    expect(await isp.foreign([addresses[place] ?? ""])).toEqual([]);
    if (place !== line) expect(await isp.sources()).toEqual({});
  }
}

/**
 * A full tunnel as wg-quick makes it (its linux.bash, add_default), on a device that is there already: the same `ip` and
 * `nft` commands in the same order.
 */
export const WG = { table: 51820, mark: "0xca6c" } as const;

export async function wgUp(router: Router, device: string, address: string): Promise<void> {
  const { table, mark } = WG;
  await router.sh(`
    ip -4 route add 0.0.0.0/0 dev ${device} table ${table}
    ip -4 rule add not fwmark ${mark} table ${table}
    ip -4 rule add table main suppress_prefixlength 0
    sysctl -q net.ipv4.conf.all.src_valid_mark=1`);
  const chain = (name: string, hook: string, priority: number) =>
    `add chain ip wg-quick-${device} ${name} { type filter hook ${hook} priority ${priority}; }\n`;
  const rule = (text: string) => `add rule ip wg-quick-${device} ${text}\n`;
  await router.nft(
    `add table ip wg-quick-${device}\n` +
      chain("preraw", "prerouting", -300) +
      chain("premangle", "prerouting", -150) +
      chain("postmangle", "postrouting", -150) +
      rule(`preraw iifname != "${device}" ip daddr ${address} fib saddr type != local drop`) +
      rule(`postmangle meta l4proto udp mark ${mark} ct mark set mark`) +
      rule("premangle meta l4proto udp meta mark set ct mark"),
  );
}

/** What wg-quick does on the way down: it deletes every rule of its kind, also those that others made alike. */
export async function wgDown(router: Router, device: string): Promise<void> {
  await router.sh(`
    while ip -4 rule show | grep -q "lookup ${WG.table}"; do ip -4 rule delete table ${WG.table}; done
    while ip -4 rule show | grep -q "from all lookup main suppress_prefixlength 0"; do
      ip -4 rule delete table main suppress_prefixlength 0
    done
    ip route flush table ${WG.table}
    nft delete table ip wg-quick-${device}`);
}

/** Docker's rules for a bridge 172.17.0.0/16 and one published port, as dockerd 24 writes them. */
export function dockerRules(container: string, published: number, port: number): string {
  return `*nat
:PREROUTING ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER
-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
-A POSTROUTING -s ${container}/32 -d ${container}/32 -p tcp -m tcp --dport ${port} -j MASQUERADE
-A DOCKER -i docker0 -j RETURN
-A DOCKER ! -i docker0 -p tcp -m tcp --dport ${published} -j DNAT --to-destination ${container}:${port}
COMMIT
*filter
:FORWARD DROP [0:0]
:DOCKER - [0:0]
:DOCKER-ISOLATION-STAGE-1 - [0:0]
:DOCKER-ISOLATION-STAGE-2 - [0:0]
:DOCKER-USER - [0:0]
-A FORWARD -j DOCKER-USER
-A FORWARD -j DOCKER-ISOLATION-STAGE-1
-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -o docker0 -j DOCKER
-A FORWARD -i docker0 ! -o docker0 -j ACCEPT
-A FORWARD -i docker0 -o docker0 -j ACCEPT
-A DOCKER -d ${container}/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport ${port} -j ACCEPT
-A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2
-A DOCKER-ISOLATION-STAGE-1 -j RETURN
-A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP
-A DOCKER-ISOLATION-STAGE-2 -j RETURN
-A DOCKER-USER -j RETURN
COMMIT
`;
}

/** ufw's chains, shortened to those that routing meets, with what `ufw route allow in on eth0` adds. */
export const UFW_RULES = `*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
:ufw-before-forward - [0:0]
:ufw-before-input - [0:0]
:ufw-user-forward - [0:0]
:ufw-user-input - [0:0]
-A INPUT -j ufw-before-input
-A FORWARD -j ufw-before-forward
-A ufw-before-input -i lo -j ACCEPT
-A ufw-before-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A ufw-before-input -m conntrack --ctstate INVALID -j DROP
-A ufw-before-input -p icmp -m icmp --icmp-type 8 -j ACCEPT
-A ufw-before-input -j ufw-user-input
-A ufw-before-forward -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A ufw-before-forward -j ufw-user-forward
-A ufw-user-forward -i eth0 -o ppp0 -j ACCEPT
-A ufw-user-forward -i eth0 -o ppp1 -j ACCEPT
-A ufw-user-input -p tcp -m tcp --dport 8000 -j ACCEPT
COMMIT
`;
