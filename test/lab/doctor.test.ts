import { describe, expect, it } from "vitest";
import type { Finding, Step } from "../../lib/doctor/finding.ts";
import { announce, pinnedNat } from "./harness/houses.ts";
import { watch } from "./harness/monitor.ts";
import { flows } from "./harness/peer.ts";
import type { Router } from "./harness/router.ts";

const CONFIG = `
[uplink.l0]
interface = "ppp0"

[uplink.l1]
peer = "line1"
tier = 2

[router]
forward = true
`;

interface Report {
  readonly healthy: boolean;
  readonly findings: readonly Finding[];
}

async function doctor(router: Router): Promise<Report & { code: number }> {
  const { out, err, code } = await router.waymark(["doctor", "--json"], false);
  if (err !== "") throw new Error(err);
  return { ...(JSON.parse(out) as Report), code };
}

/** Does what a remedy says, to the letter. There is no systemd here. */
async function follow(router: Router, steps: readonly Step[]): Promise<void> {
  for (const step of steps) {
    switch (step.do) {
      case "run":
        if (!step.command.startsWith("systemctl ")) await router.sh(step.command);
        break;
      case "write":
        await router.write(step.path, step.text);
        break;
      case "append":
        await router.write(step.path, `${await router.read(step.path)}${step.text}`);
        break;
      case "edit": {
        const lines = (await router.read(step.path)).split("\n");
        const place = lines.findIndex((line) => line.trim() === step.line);
        expect(place, `${step.path} has the line ${step.line}`).toBeGreaterThanOrEqual(0);
        lines.splice(place, 1, ...(step.to === null ? [] : [step.to]));
        await router.write(step.path, lines.join("\n"), 0o755);
        break;
      }
      case "note":
        break;
    }
  }
}

interface Trouble {
  readonly id: string;
  readonly severity: Finding["severity"];
  /** Shell that makes it. */
  readonly by: string;
  /** Shell that takes away what the remedy leaves. */
  readonly after?: string;
}

const NETWORKD = "/usr/local/lib/systemd/systemd-networkd";

const TROUBLES: readonly (readonly [string, readonly Trouble[]])[] = [
  [
    "routing of others",
    [
      {
        id: "rule-before-choice",
        severity: "error",
        by: "ip route add default dev ppp1; ip rule add pref 100 lookup main",
        after: "ip route del default",
      },
      { id: "rule-refuses-all", severity: "error", by: "ip rule add pref 29000 unreachable" },
      {
        id: "rule-fixes-uplink",
        severity: "warning",
        by: "ip route add default dev ppp1 table 201; ip rule add pref 200 from 10.0.0.0/24 lookup 201",
        after: "ip route flush table 201",
      },
      {
        id: "local-rule-late",
        severity: "error",
        by: "ip rule add pref 32765 lookup local; ip rule del pref 0",
        after: "ip rule del pref 32765 lookup local",
      },
      {
        id: "networkd-deletes-rules",
        severity: "error",
        by: `mkdir -p /etc/systemd/network ${NETWORKD.replace(/\/[^/]*$/, "")}; cp /bin/sleep ${NETWORKD}
      printf '[Match]\\nName=eth0\\n' >/etc/systemd/network/lan.network
      setsid ${NETWORKD} 60 </dev/null >/dev/null 2>&1 &`,
      },
    ],
  ],
  [
    "packet filters of others",
    [
      {
        id: "reverse-path-rule",
        severity: "error",
        by: "iptables-nft -t raw -A PREROUTING -m rpfilter --invert -j DROP",
        after: "iptables-nft -t raw -F PREROUTING",
      },
      {
        id: "marks-overlap",
        severity: "warning",
        by: "iptables-nft -t mangle -A FORWARD -j MARK --set-xmark 0x4000/0x4000",
        after: "iptables-nft -t mangle -F FORWARD",
      },
      {
        id: "marks-collide",
        severity: "error",
        by: "nft add table inet other; nft add chain inet other c '{ type filter hook forward priority 0; }'; nft add rule inet other c meta mark set meta mark and 0xff00ffff or 0x10000",
        after: "nft delete table inet other",
      },
      {
        id: "forward-dropped",
        severity: "error",
        by: "iptables-nft -P FORWARD DROP",
        after: "iptables-nft -P FORWARD ACCEPT; iptables-nft -F FORWARD",
      },
      {
        id: "forward-dropped",
        severity: "error",
        by: "nft add table ip strict; nft add chain ip strict gate '{ type filter hook forward priority 10; policy drop; }'",
        after: "nft delete table ip strict",
      },
      {
        id: "forward-dropped",
        severity: "error",
        by: "iptables-legacy -P FORWARD DROP",
        after: "iptables-legacy -P FORWARD ACCEPT; iptables-legacy -F FORWARD",
      },
    ],
  ],
  [
    "settings of the kernel",
    [
      {
        id: "reverse-path-strict",
        severity: "error",
        by: "sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.ppp0.rp_filter=1",
      },
      { id: "forwarding-off", severity: "error", by: "sysctl -qw net.ipv4.ip_forward=0" },
      {
        id: "conntrack-not-loose",
        severity: "warning",
        by: "sysctl -qw net.netfilter.nf_conntrack_tcp_loose=0; echo net.netfilter.nf_conntrack_tcp_loose=0 >/etc/sysctl.d/hard.conf",
      },
    ],
  ],
  [
    "hooks and files",
    [
      {
        id: "hook-not-executable",
        severity: "error",
        by: "touch /usr/sbin/pppd; chmod 0644 /etc/ppp/ip-up.d/waymark",
      },
      { id: "hook-owner", severity: "warning", by: "chmod 0777 /etc/ppp/ip-down.d/waymark" },
      { id: "hook-name", severity: "warning", by: "cp /etc/ppp/ip-up.d/waymark /etc/ppp/ip-up.d/waymark.sh" },
      {
        id: "ip-up-local",
        severity: "error",
        by: "printf '#!/bin/sh\\n' >/etc/ppp/ip-up.local; chmod 0755 /etc/ppp/ip-up.local",
      },
      {
        id: "ip-up-script",
        severity: "error",
        by: "mkdir -p /etc/ppp/peers; printf 'plugin pppoe.so\\nip-up-script /root/up\\n' >/etc/ppp/peers/other",
      },
      {
        id: "script-flushes-rules",
        severity: "warning",
        by: "printf '#!/bin/sh\\nip rule flush\\n' >/etc/rc.local",
      },
      { id: "config-from-future", severity: "warning", by: "touch -d '+1 day' /etc/waymark/waymark.toml" },
    ],
  ],
  [
    "what was Waymark's",
    [
      { id: "not-as-planned", severity: "error", by: "nft delete table inet waymark" },
      { id: "not-as-planned", severity: "error", by: "ip rule flush protocol 87" },
      {
        id: "numbers-named",
        severity: "warning",
        by: "mkdir -p /etc/iproute2/rt_tables.d; echo '87001 adsl' >/etc/iproute2/rt_tables.d/x.conf",
      },
      {
        id: "routes-in-our-tables",
        severity: "warning",
        by: "ip route add 192.0.2.0/24 dev ppp1 table 87000 proto static",
      },
    ],
  ],
];

/** Troubles that only their maker can end. */
const NOTED = new Set(["reverse-path-rule"]);

describe("waymark doctor", () => {
  it("finds nothing where nothing is wrong, and changes nothing", async () => {
    const { router, lines } = await pinnedNat(2);
    await router.apply(CONFIG);
    await announce(router, lines);
    const before = await router.snapshot();
    const changes = await watch(router);
    const { code, healthy, findings } = await doctor(router);
    expect(await changes.stop()).toEqual([]);
    expect(await router.snapshot()).toBe(before);
    expect([code, healthy, findings]).toEqual([0, true, []]);
    expect((await router.waymark(["doctor"])).out).toBe("nothing here works against Waymark");
    expect(await router.sh("cat /proc/net/ip_tables_names 2>/dev/null")).toBe("");
  });

  it.each(TROUBLES)("names each trouble, and its remedy mends it: %s", async (_, troubles) => {
    const { router, client, lines } = await pinnedNat(2);
    await router.sh(
      "mount -t overlay -o lowerdir=/usr/sbin,upperdir=$(mktemp -d -p /srv),workdir=$(mktemp -d -p /srv) x /usr/sbin",
    );
    for (const which of ["up", "down"])
      await router.sh(`cp -r /etc/ppp/ip-${which}.d /etc/ppp/ipv6-${which}.d`);
    await router.apply(CONFIG);
    await announce(router, lines);
    const wrong: string[] = [];
    for (const { id, severity, by, after } of troubles) {
      await router.sh(by);
      const ill = await doctor(router);
      const found = ill.findings.filter((finding) => finding.id === id);
      const seen = ill.findings.map((finding) => `${finding.severity} ${finding.id}`).join(", ");
      if (found[0]?.severity !== severity) wrong.push(`${by}: expected ${severity} ${id}, found ${seen}`);
      if (severity === "error" && (ill.code !== 1 || ill.healthy)) wrong.push(`${id}: status ${ill.code}`);
      if (!NOTED.has(id)) for (const { remedy } of found) await follow(router, remedy);
      const well = await doctor(router);
      const left = (report: Report) => report.findings.map((finding) => finding.id).join(", ");
      if (!NOTED.has(id) && left(well).includes(id)) wrong.push(`${id}: the remedy did not mend it`);
      if (after !== undefined) await router.sh(after);
      const rest = left(after === undefined ? well : await doctor(router));
      if (rest !== "") wrong.push(`${id}: left ${rest}`);
      const tally = await flows(client, 1, { wait: 1 });
      if (tally.failed > 0) wrong.push(`${id}: a client was left without internet (${tally.why})`);
    }
    expect(wrong).toEqual([]);
  });

  it("says what is not in force, without a configuration too", async () => {
    const { router } = await pinnedNat(1);
    expect((await doctor(router)).findings.map(({ id }) => id)).toEqual(["not-configured"]);
    await router.config("[uplink.a]\ninterfaec = 1\n");
    const { findings, code } = await doctor(router);
    expect(findings.map(({ id, severity }) => `${severity} ${id}`)).toEqual(["error config-wrong"]);
    expect(code).toBe(1);
    await router.config(CONFIG);
    expect((await doctor(router)).findings.map(({ id }) => id)).toEqual(["not-applied"]);
  });
});
