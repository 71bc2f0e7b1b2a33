import { describe, expect, it } from "vitest";
import { factsOf, pppDown } from "./harness/hooks.ts";
import { homeServer, lineAddress, pinnedNat } from "./harness/houses.ts";
import type { Background } from "./harness/machine.ts";
import { connect, flows, SERVER } from "./harness/peer.ts";
import type { Router } from "./harness/router.ts";
import { until } from "./harness/wait.ts";

const MAIN = "198.51.100.10";
const P2P = "198.51.100.130";

const CONFIG = `
[uplink.main]
interface = "ppp0"
tier = 1

[uplink.p2p]
interface = "ppp1"
tier = 2

[check]
targets = ["${SERVER}"]
interval = "200ms"
timeout = "200ms"
`;

/** An ISP that takes everything and passes nothing on: the line is up and dead. */
const DEAD =
  "add table inet dead { chain forward { type filter hook forward priority -200; policy drop; }; }";

/** A home server whose lines are both up, and the watch beside it. */
async function watched(toml = CONFIG) {
  const { router, isps, dial, lab } = await homeServer();
  const lines = [await dial(0, MAIN), await dial(1, P2P)] as const;
  await router.apply(toml);
  const watch = await startWatch(router);
  return { lab, router, isps, lines, watch };
}

async function startWatch(router: Router): Promise<Background> {
  const watch = router.spawn(["waymark", "watch"]);
  await until("every line's first answer", async () => {
    const { uplinks } = JSON.parse(await router.read("/run/waymark/health.json"));
    const lines: { families: { 4?: { latency: number | null } } }[] = Object.values(uplinks);
    return lines.length === 2 && lines.every(({ families }) => typeof families[4]?.latency === "number");
  });
  return watch;
}

const choice = async (router: Router) => (await router.status()).choice;

/** The watch is at work: routes that somebody flushes come back, the choice by this device among them. */
async function expectRepair(router: Router, device: string): Promise<void> {
  await router.sh("ip route flush table all proto 87");
  const isBack = async () => (await router.sh("ip route show table 87000")).includes(device);
  await until("what was flushed", isBack, 10_000);
}

describe("watch", () => {
  it("finds a line that is up and dead, leaves it with its connections, and comes back when it lives", async () => {
    const { router, client, isps } = await pinnedNat(2);
    const [first, second] = [lineAddress(0), lineAddress(1)];
    await router.apply(CONFIG);
    await startWatch(router);
    expect(await choice(router)).toEqual(["main"]);
    const open = await connect(client, { proto: "udp" });
    expect((await open.say()).peer).toBe(first);

    await isps[0]?.nft(DEAD);
    await until("the other line to be chosen", async () => (await choice(router))[0] === "p2p");
    expect(await router.uplink("main")).toMatchObject({ state: "down" });
    for (const machine of [client, router])
      expect(await flows(machine, 5)).toEqual({ by: { [second]: 5 }, failed: 0, why: "" });
    await until("its connections to be let go", async () => (await open.say()).peer === second);
    expect(await isps[1]?.foreign([second])).toEqual([]);

    await isps[0]?.nft("delete table inet dead");
    await until("the line to come back", async () => (await choice(router))[0] === "main", 20_000);
    expect(await flows(client, 5)).toEqual({ by: { [first]: 5 }, failed: 0, why: "" });
  });

  it("keeps the last good path when all are dead", async () => {
    const { router, isps } = await watched();
    for (const isp of isps) await isp.nft(DEAD);
    await until("both to be known dead", async () =>
      /"verdict":"down".*"verdict":"down"/s.test(await router.read("/run/waymark/health.json")),
    );
    expect(await choice(router)).not.toEqual([]);
    for (const isp of isps) await isp.nft("delete table inet dead");
    await until("the line to come back", async () => (await choice(router))[0] === "main", 20_000);
    expect(await flows(router, 5)).toMatchObject({ by: { [MAIN]: 5 } });
  });

  it.each([
    ["the whole packet filter", "nft flush ruleset"],
    ["our table", "nft delete table inet waymark"],
    ["a chain's rules", "nft flush chain inet waymark from_lan"],
    ["every rule", "ip -N rule | sed -n 's/^\\([0-9]*\\):.* proto 87.*/rule del pref \\1/p' | ip -batch -"],
    ["every route", "ip route flush table all proto 87"],
  ])("puts back what others wipe: %s", async (_, how) => {
    const { router } = await watched();
    const ours = () =>
      router.sh(
        "ip rule | grep 'proto 87'; ip route show table all proto 87 | sort; nft list table inet waymark",
      );
    const before = await ours();
    await router.sh(how);
    await until("what was wiped", async () => (await ours()) === before, 3000);
  });

  it("tidies up when a carrier is lost, with no hook at all", async () => {
    const { router, lines } = await watched();
    await lines[0].drop();
    await until("the other line to be chosen", async () => (await choice(router))[0] === "p2p", 3000);
    expect(await flows(router, 5)).toEqual({ by: { [P2P]: 5 }, failed: 0, why: "" });
  });

  it("takes the hooks' events", async () => {
    const { router, watch } = await watched();
    await router.sh(
      "/etc/network/if-up.d/waymark </dev/null; IFACE=ppp0 MODE=start METHOD=static PHASE=post-up ADDRFAM=inet /etc/network/if-up.d/waymark",
    );
    await watch.line(/ifupdown ppp0/);
    expect(await router.sh("ls /run/waymark/events")).toBe("");
  });

  it("that hangs is left alone: hooks do everything themselves until it goes on", async () => {
    const { router, lines } = await watched();
    const recorded = async () => JSON.parse(await router.read("/run/waymark/state.json")).choice;
    await router.sh("kill -STOP $(cat /run/waymark/watch.pid)");
    await lines[0].drop();
    await pppDown(router, factsOf(lines[0]));
    expect(await recorded()).toEqual(["main"]);
    // time goes by
    await router.sh("touch -d '1 second ago' /run/waymark/watch.pid");
    await pppDown(router, factsOf(lines[0]));
    expect(await recorded()).toEqual(["p2p"]);
    expect(await router.sh("ls /run/waymark/events")).toBe("");
    await router.sh("kill -CONT $(cat /run/waymark/watch.pid)");
    await expectRepair(router, "ppp1");
  });

  it("takes up an edit of the configuration, and says what is wrong with one that it cannot use", async () => {
    const { router, watch } = await watched();
    await router.write("/etc/waymark/waymark.toml", CONFIG.replace("tier = 2", "teir = 2"));
    await watch.line(
      /waymark\.toml:\d+:1: .*"teir"; did you mean "tier"\?; the last good configuration stays/,
    );
    await router.write(
      "/etc/waymark/waymark.toml",
      CONFIG.replace("tier = 2", "tier = 0").replace("= 1", "= 2"),
    );
    await watch.line(/tier: found 0/);
    await router.write("/etc/waymark/waymark.toml", CONFIG.replace("tier = 1", "tier = 3"));
    await until("the edit to be taken up", async () => (await choice(router)).join() === "p2p", 10_000);
  });

  it("keeps still behind stop, and goes on behind apply", async () => {
    const { router } = await watched();
    await router.waymark(["stop"]);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect((await router.sh("ip rule; nft list tables")).includes("waymark")).toBe(false);
    await router.apply();
    await expectRepair(router, "ppp0");
  });

  it("ends well, and leaves nothing running", async () => {
    const { router, watch } = await watched();
    await watch.kill("SIGTERM");
    const running = () =>
      router.sh(
        'for p in /proc/[0-9]*; do [ "$p/ns/net" -ef /proc/self/ns/net ] && cat $p/comm; done 2>/dev/null | grep -E "^(waymark-watch|ip|nft|ping)$" || true',
      );
    await until("the watch to end", async () => (await running()) === "");
    expect(await router.sh("ls /run/waymark/watch.pid 2>/dev/null || true")).toBe("");
    expect(await choice(router)).toEqual(["main"]);
  });
});
