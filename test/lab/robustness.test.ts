import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { factsOf, ifplugd, ifupdown, nm, pppArgs, pppDown, pppUp } from "./harness/hooks.ts";
import { announce, lineAddress, type PinnedNat, pinnedNat } from "./harness/houses.ts";
import type { Line } from "./harness/line.ts";
import { watch } from "./harness/monitor.ts";
import { flows, OTHERS } from "./harness/peer.ts";
import type { Router } from "./harness/router.ts";
import { HOSTILE, HOSTILE_ARGS, killedAfter, plantEvil, TRACE } from "./harness/storm.ts";

const CONFIG = `
[uplink.l0]
interface = "ppp0"

[uplink.l1]
peer = "line1"
tier = 2

[uplink.l2]
interface = "ppp2"
tier = 2

[[rule]]
destination = "${OTHERS[1]}"
via = "l1"
otherwise = "unreachable"
`;

const HOOKS = [
  "/etc/ppp/ip-up.d/waymark",
  "/etc/ppp/ip-down.d/waymark",
  "/etc/ifplugd/action.d/waymark",
  "/etc/network/if-up.d/waymark",
  "/etc/network/if-post-down.d/waymark",
  "/etc/NetworkManager/dispatcher.d/90-waymark",
];

/** Three lines, all up and known. */
async function settled(): Promise<PinnedNat & { first: Line; second: Line }> {
  const house = await pinnedNat(3);
  await house.router.apply(CONFIG);
  await announce(house.router, house.lines);
  const [first, second] = house.lines;
  if (!first || !second) throw new Error("no lines");
  return { ...house, first, second };
}

/** Everything works: the choice, the rule, and nothing with a foreign address. */
async function expectSound({ router, client, isps }: PinnedNat): Promise<void> {
  for (const machine of [router, client]) {
    expect(await flows(machine, 3)).toEqual({ by: { [lineAddress(0)]: 3 }, failed: 0, why: "" });
    expect(await flows(machine, 3, { to: OTHERS[1] as string })).toMatchObject({
      by: { [lineAddress(1)]: 3 },
    });
  }
  for (const [n, isp] of isps.entries()) expect(await isp.foreign([lineAddress(n)])).toEqual([]);
}

describe("hooks in ill weather", () => {
  it.each(HOSTILE)("do their work and no harm: %s", async (_, extra) => {
    const house = await settled();
    const { router, first } = house;
    await plantEvil(router);
    const before = await router.kernel();
    await pppUp(router, { ...factsOf(first), extra });
    await pppDown(router, { ...factsOf(first), extra });
    await ifplugd(router, "ppp0", "up", extra);
    await nm(router, "ppp0", "up", extra);
    await nm(router, "ppp0", "down", extra);
    await ifupdown(router, "ppp0", "start", extra);
    await ifupdown(router, "ppp0", "stop", extra);
    expect(await router.sh(`ls ${TRACE}* 2>/dev/null || true`)).toBe("");
    expect(await router.kernel()).toBe(before);
    await expectSound(house);
  });

  it("start node with a clean environment: not even the loader hears the caller's", async () => {
    const { router, first } = await settled();
    const extra = { LD_DEBUG: "files", LD_DEBUG_OUTPUT: "/run/ld/trace" };
    await router.sh("mkdir /run/ld");
    await pppUp(router, { ...factsOf(first), extra });
    await pppDown(router, { ...factsOf(first), extra });
    await nm(router, "ppp0", "up", extra);
    await ifupdown(router, "ppp0", "start", extra);
    await ifplugd(router, "ppp0", "up", extra);
    const started = (await router.sh("cat /run/ld/trace.*")).match(/initialize program: .*/g) ?? [];
    expect(started.length).toBeGreaterThan(0);
    expect(started.filter((line) => /node|\bip\b|nft/.test(line))).toEqual([]);
  });

  it("bear arguments no caller gives, and no environment at all", async () => {
    const house = await settled();
    const { router } = house;
    await plantEvil(router);
    const before = await router.kernel();
    for (const hook of HOOKS)
      for (const args of HOSTILE_ARGS)
        for (const env of [
          { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
          { PATH: "/usr/bin:/bin", IFACE: "--all", MODE: "x" },
        ]) {
          const { code } = await router.exec([hook, ...args], { env, reject: false });
          expect(code, `${hook} ${args.join(" ").slice(0, 60)}`).toBe(0);
        }
    expect(await router.sh(`ls ${TRACE}* 2>/dev/null || true`)).toBe("");
    expect(await router.kernel()).toBe(before);
    await expectSound(house);
  });

  it("change nothing for an interface that is nobody's uplink", async () => {
    const { router } = await settled();
    const changes = await watch(router);
    await ifplugd(router, "eth0", "up");
    await nm(router, "docker0", "up");
    await ifupdown(router, "lo", "start", { METHOD: "loopback" });
    await pppUp(router, { iface: "ppp9", local: "192.0.2.9", remote: "192.0.2.1", pid: 1, callFile: "vpn" });
    expect(await changes.stop()).toEqual([]);
  });

  it("end fifty at a time in the state that one ends in", async () => {
    const house = await settled();
    const { router, first, second } = house;
    const before = await router.kernel();
    const down = (line: Line) => pppDown(router, factsOf(line));
    const up = (line: Line) => pppUp(router, factsOf(line));
    await Promise.all([...Array(50)].map((_, i) => (i % 3 ? up : down)(i % 2 ? first : second)));
    expect(await router.kernel()).toBe(before);
    await expectSound(house);

    // and when there is something to do for all of them
    await second.hangUp();
    const again = await house.dial(1);
    await Promise.all([...Array(50)].map((_, i) => (i % 3 ? up(again) : down(second))));
    await expectSound(house);
    expect((await router.status()).uplinks.map(({ state }) => state)).toEqual(["up", "up", "up"]);
  });

  it("killed at any moment, leave nothing that the next event does not heal", async () => {
    const house = await settled();
    const { router, first } = house;
    const before = await router.kernel();
    for (let round = 0; round < 24; round++) {
      const downMs = (round * 7) % 120;
      await first.drop();
      const down = pppArgs(factsOf(first), true);
      await killedAfter(router, ["/etc/ppp/ip-down.d/waymark", ...down.argv], down.env, downMs);
      await first.redial(lineAddress(0));
      const up = pppArgs(factsOf(first), false);
      await killedAfter(router, ["/etc/ppp/ip-up.d/waymark", ...up.argv], up.env, 120 - downMs);
      await pppUp(router, factsOf(first));
      expect(await router.kernel(), `killed after ${downMs} ms`).toBe(before);
    }
    await expectSound(house);
  });
});

describe("the ends of the pipes", () => {
  const SOON_MS = 10_000;
  const isFree = (router: Router) => router.sh("flock -n /run/waymark true");

  /** Shells of the router's that hold the lock, the oldest first. */
  function shellsWithLock({ netns }: Router): number[] {
    const found = readdirSync("/proc").filter((pid) => {
      if (!/^\d+$/.test(pid)) return false;
      try {
        return (
          readlinkSync(`/proc/${pid}/ns/net`) === netns &&
          readFileSync(`/proc/${pid}/cmdline`, "utf8").startsWith("/bin/sh\0-c\0") &&
          readlinkSync(`/proc/${pid}/fd/3`).endsWith("/run/waymark")
        );
      } catch {
        return false;
      }
    });
    return found.map(Number).sort((left, right) => left - right);
  }

  it("a Node that ends while ip has more to say than a pipe holds: the hook ends too, and lets the lock go", async () => {
    const { router, first } = await settled();
    await router.sh(
      "for i in $(seq 10000 12000); do echo rule add priority $i from 10.1.1.1 table 123; done | ip -batch -",
    );
    await router.write(
      "/usr/local/sbin/node",
      "#!/bin/sh\necho 'rule show' >&4\nsleep 0.3\nkill -9 $$\n",
      0o755,
    );
    const { argv, env } = pppArgs(factsOf(first), false);
    const began = Date.now();
    await router.exec(["/etc/ppp/ip-up.d/waymark", ...argv], { env, timeoutMs: 60_000 });
    expect(Date.now() - began).toBeLessThan(SOON_MS);
    await isFree(router);
  });

  it("the shell behind the lock is killed: Node does its work and waits for nobody", async () => {
    const house = await settled();
    const { router, first } = house;
    let killed = 0;
    for (const ms of [10, 25, 40, 55, 70]) {
      await first.drop();
      const { argv, env } = pppArgs(factsOf(first), true);
      const began = Date.now();
      const hook = router.exec(["/etc/ppp/ip-down.d/waymark", ...argv], { env, timeoutMs: 60_000 });
      await new Promise((resolve) => setTimeout(resolve, ms));
      const [shell] = shellsWithLock(router);
      if (shell !== undefined) {
        process.kill(shell, "SIGKILL");
        killed++;
      }
      await hook;
      expect(Date.now() - began, `killed after ${ms} ms`).toBeLessThan(SOON_MS);
      expect(await router.sh("ip route get 203.0.113.80 | head -n 1")).toContain("ppp1");
      await first.redial(lineAddress(0));
      await pppUp(router, factsOf(first));
    }
    expect(killed).toBeGreaterThan(1);
    await expectSound(house);
  });
});

describe("a caller whose unit ends with it, and takes all processes along", () => {
  it("gets no half of the preparations for the next event", async () => {
    const { router, second } = await settled();
    const { argv, env } = pppArgs(factsOf(second), false);
    const hook = ["/etc/ppp/ip-up.d/waymark", ...argv];
    // A process group stands for the unit: it is told to end as soon as the hook has.
    const unit = 'set -m; "$@" & wait $!; kill -TERM -- -$!; while kill -0 -- -$!; do :; done 2>/dev/null';
    for (let round = 0; round < 5; round++) {
      await router.sh("ip rule del priority 30001; rm -f /run/waymark/seen /run/waymark/code.*");
      await router.exec(["/bin/bash", "-c", `${unit}; true`, "bash", ...hook], { env, timeoutMs: 60_000 });
      expect(await router.sh("ls /run/waymark | grep -E '[.][0-9]+([.]new)?$' || true")).toBe("");
      expect(await router.sh("cd /run/waymark; ls seen code.*.code")).toMatch(/^code\..*\.code\nseen$/);
    }
  });
});

describe("what others wipe", () => {
  const WIPES: readonly (readonly [string, (house: PinnedNat) => Promise<unknown>])[] = [
    ["the packet-filter table", ({ router }) => router.sh("nft delete table inet waymark")],
    ["the whole ruleset", ({ router }) => router.sh("nft flush ruleset")],
    [
      "every rule",
      ({ router }) =>
        router.sh(
          "ip rule flush; ip -6 rule flush; for v in -4 -6; do ip $v rule add pref 32766 lookup main; done; ip rule add pref 32767 lookup default",
        ),
    ],
    [
      "the routing tables",
      async ({ router }) => {
        for (const { table } of (await router.status()).uplinks)
          await router.sh(`ip route flush table ${String(table)}`);
      },
    ],
    ["every route of Waymark's", ({ router }) => router.sh("ip route flush table all proto 87")],
  ];

  /** The parts that a wipe itself took from others, or that come back under another protocol, are not Waymark's. */
  const ours = (text: string) =>
    text.replace(/^table inet site \{.*?^\}\n?/ms, "").replace(/^3276[67]:.*\n/gm, "");

  it.each(WIPES)("is there again after the next event: %s", async (_, wipe) => {
    const house = await settled();
    const { router, first } = house;
    const before = ours(await router.kernel());
    await wipe(house);
    expect(ours(await router.kernel())).not.toBe(before);
    await pppUp(router, factsOf(first));
    expect(ours(await router.kernel())).toBe(before);
    await expectSound(house);
  });
});
