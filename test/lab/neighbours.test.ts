import { describe, expect, it } from "vitest";
import { factsOf, pppDown, pppUp } from "./harness/hooks.ts";
import { announce, lineAddress, type PinnedNat, pinnedNat } from "./harness/houses.ts";
import type { Line } from "./harness/line.ts";
import type { Machine } from "./harness/machine.ts";
import { dockerRules, expectWay, ours, theirs, UFW_RULES, WG, wgDown, wgUp } from "./harness/others.ts";
import { connect, flows, PORT, SERVER, serve } from "./harness/peer.ts";

const CONFIG = `
[uplink.l0]
interface = "ppp0"

[uplink.l1]
interface = "ppp1"
tier = 2

[router]
forward = true
`;

const ADDRESSES = [lineAddress(0), lineAddress(1)];

interface Settled extends PinnedNat {
  readonly first: Line;
  readonly second: Line;
}

/** Two lines, both up and known, a LAN client, and whatever `before` brings before Waymark comes. */
async function settled(before: (house: PinnedNat) => Promise<void> = async () => {}): Promise<Settled> {
  const house = await pinnedNat(2);
  await before(house);
  await house.router.apply(CONFIG);
  await announce(house.router, house.lines);
  const [first, second] = house.lines;
  if (!first || !second) throw new Error("no lines");
  return { ...house, first, second };
}

/** Every packet goes by the first line: the router's own and the client's. */
async function expectSound(
  house: PinnedNat,
  from: readonly Machine[] = [house.router, house.client],
): Promise<void> {
  for (const machine of from) await expectWay(machine, house.isps, ADDRESSES, 0);
}

/** The first line drops and comes back, and each time its hook is run. */
async function flap(house: Settled, meanwhile: () => Promise<void>): Promise<void> {
  await house.first.drop();
  await pppDown(house.router, factsOf(house.first));
  await meanwhile();
  await house.first.redial(lineAddress(0));
  await pppUp(house.router, factsOf(house.first));
}

describe("a reload of the packet filter", () => {
  const SITE = `#!/usr/sbin/nft -f
flush ruleset

table inet site {
  set friends {
    type ipv4_addr
    elements = { 192.0.2.1, 192.0.2.2 }
  }
  chain forward {
    type filter hook forward priority 0; policy accept;
    ct state established counter accept
    ip saddr @friends drop
  }
}
`;

  it("takes Waymark's table along, and the next event puts it back beside the others'", async () => {
    const house = await settled();
    const { router, client, first } = house;
    await router.write("/etc/nftables.conf", SITE);
    await router.sh("nft -f /etc/nftables.conf");
    await pppUp(router, factsOf(first));
    const [own, foreign] = [await ours(router), await theirs(router)];
    const open = await connect(client);
    const pinned = (await open.say()).peer;

    await router.sh("nft -f /etc/nftables.conf");
    expect(await ours(router)).not.toBe(own);
    expect(await theirs(router)).toBe(foreign);
    await pppUp(router, factsOf(first));
    expect(await ours(router)).toBe(own);
    expect(await theirs(router)).toBe(foreign);
    expect((await open.say()).peer).toBe(pinned);
    await expectSound(house);
  });

  it("is as good when the service is reloaded with it, as systemd does", async () => {
    const house = await settled();
    const { router } = house;
    await router.write("/etc/nftables.conf", SITE);
    const own = await ours(router);
    await router.sh("nft -f /etc/nftables.conf && waymark apply >/dev/null");
    expect(await ours(router)).toBe(own);
    await expectSound(house);
  });
});

describe("a manager that deletes rules and routes that it does not know", () => {
  const FOREIGN = `
    ip rule add pref 500 from 10.9.9.0/24 lookup 500 proto static
    ip -6 rule add pref 500 from 2001:db8:9::/48 lookup 500 proto static
    ip route add 10.8.0.0/16 via 10.0.0.50 table 500 proto static`;
  /** What systemd-networkd does at its start: everything of a protocol that is not its own, or the kernel's. */
  const DELETE = `
    for v in -4 -6; do
      ip $v rule flush protocol 87
      ip $v route flush table all proto 87
    done`;

  it("is mended by the next event, and its own rules stay", async () => {
    const house = await settled(async ({ router }) => {
      await router.sh(FOREIGN);
    });
    const { router, second } = house;
    const [own, foreign] = [await ours(router), await theirs(router)];
    await router.sh(DELETE);
    expect(await ours(router)).not.toBe(own);
    await pppUp(router, factsOf(second));
    expect(await ours(router)).toBe(own);
    expect(await theirs(router)).toBe(foreign);
    await expectSound(house);
  });

  it("may do so again and again, between the events of a switch", async () => {
    const house = await settled(async ({ router }) => {
      await router.sh(FOREIGN);
    });
    const { router } = house;
    const [own, foreign] = [await ours(router), await theirs(router)];
    for (let round = 0; round < 2; round++) {
      await router.sh(DELETE);
      await flap(house, async () => {
        await expectWay(router, house.isps, ADDRESSES, 1);
        await expectWay(house.client, house.isps, ADDRESSES, 1);
        await router.sh(DELETE);
      });
    }
    expect(await ours(router)).toBe(own);
    expect(await theirs(router)).toBe(foreign);
    await expectSound(house);
  });
});

describe("a full tunnel of wg-quick's", () => {
  const INSIDE = "198.51.100.200";
  const NET = "10.66.0.2";

  /** A device `wg0` whose far end is a provider of its own; what wg itself sends bears its mark. */
  async function withTunnel(house: PinnedNat) {
    const vpn = await house.lab.isp("vpn");
    await house.lab.wire(house.router, "wg0", vpn, "cust");
    await house.router.sh(`ip addr add ${INSIDE}/32 dev wg0; ip addr add ${NET}/32 dev wg0`);
    await vpn.sh(`ip route add ${INSIDE} dev cust; sysctl -qw net.ipv4.conf.cust.proxy_arp=1`);
    await house.lab.internet.route(`${INSIDE}/32`, vpn);
    return vpn;
  }

  const outer = { proto: "udp", mark: WG.mark } as const;

  /** What the machine itself sends goes through the tunnel; what the tunnel sends goes by the line. */
  async function expectTunnelled({ router, isps }: PinnedNat, line: number): Promise<void> {
    await Promise.all(isps.map((isp) => isp.forget()));
    expect(await flows(router, 3)).toEqual({ by: { [INSIDE]: 3 }, failed: 0, why: "" });
    expect(await flows(router, 3, outer)).toEqual({ by: { [lineAddress(line)]: 3 }, failed: 0, why: "" });
    for (const [place, isp] of isps.entries()) expect(await isp.foreign([lineAddress(place)])).toEqual([]);
  }

  it.each(["before", "after"])(
    "that was brought up %s Waymark carries all but its own packets",
    async (when) => {
      const up = async (house: PinnedNat) => {
        await withTunnel(house);
        await wgUp(house.router, "wg0", INSIDE);
      };
      const house = await settled(when === "before" ? up : undefined);
      if (when === "after") await up(house);
      const { router, first } = house;
      const foreign = await theirs(router);
      await pppUp(router, factsOf(first));
      await expectTunnelled(house, 0);
      await flap(house, () => expectTunnelled(house, 1));
      await expectTunnelled(house, 0);
      expect(await theirs(router)).toBe(foreign);
      // its marks are its own, on its connections too
      const marks = await router.sh("conntrack -L -p udp 2>/dev/null | grep -o 'mark=[0-9]*' | sort -u");
      expect(marks.split("\n")).toContain(`mark=${Number(WG.mark)}`);
    },
  );

  it("taken down takes a rule of Waymark's along, which the next event brings back", async () => {
    const house = await settled();
    const { router, first } = house;
    await withTunnel(house);
    const [own, foreign] = [await ours(router), await theirs(router)];
    await wgUp(router, "wg0", INSIDE);
    await pppUp(router, factsOf(first));
    await wgDown(router, "wg0");
    expect(await ours(router)).not.toBe(own);
    await pppUp(router, factsOf(first));
    expect(await ours(router)).toBe(own);
    expect(await theirs(router)).toBe(foreign);
    await expectSound(house);
  });

  it("is left as it is by waymark stop", async () => {
    const house = await settled(async (before) => {
      await withTunnel(before);
      await wgUp(before.router, "wg0", INSIDE);
    });
    const foreign = await theirs(house.router);
    await house.router.waymark(["stop"]);
    expect(await theirs(house.router)).toBe(foreign);
    expect(await flows(house.router, 2)).toMatchObject({ by: { [INSIDE]: 2 } });
  });
});

describe.each(["iptables-nft", "iptables-legacy"])("a bridge of containers, by %s", (tool) => {
  const CONTAINER = "172.17.0.2";
  const PUBLISHED = 8080;

  async function withContainer(house: PinnedNat): Promise<Machine> {
    const { lab, router } = house;
    const container = await lab.machine("container");
    await lab.wire(router, "veth1", container, "eth0");
    await router.sh(`
      ip link add docker0 type bridge; ip link set veth1 master docker0
      ip addr add 172.17.0.1/16 dev docker0; ip link set docker0 up`);
    await container.sh(`ip addr add ${CONTAINER}/16 dev eth0; ip route add default via 172.17.0.1`);
    await router.exec([`${tool}-restore`], { input: dockerRules(CONTAINER, PUBLISHED, PORT) });
    await serve(container, [CONTAINER]);
    return container;
  }

  it("reaches out by the choice, and is reached by both lines", async () => {
    let container: Machine | undefined;
    const house = await settled(async (before) => {
      container = await withContainer(before);
    });
    if (container === undefined) throw new Error("no container");
    const inside = container;
    const { lab, router, isps } = house;
    const foreign = await theirs(router);
    const open = await connect(inside);
    expect((await open.say()).peer).toBe(lineAddress(0));
    await expectSound(house, [router, inside]);
    for (const [place, isp] of isps.entries()) {
      await Promise.all(isps.map((one) => one.forget()));
      const dialled = { to: lineAddress(place), port: PUBLISHED, from: SERVER };
      expect(await flows(lab.internet, 3, dialled)).toMatchObject({ by: { [SERVER]: 3 }, failed: 0 });
      expect(await isps[1 - place]?.seen()).toEqual([]);
      expect(await isp.foreign([lineAddress(place)])).toEqual([]);
    }
    await flap(house, () => expectWay(inside, isps, ADDRESSES, 1));
    await expectSound(house, [router, inside]);
    expect(await theirs(router)).toBe(foreign);
    await router.waymark(["stop"]);
    expect(await theirs(router)).toBe(foreign);
  });

  it("keeps LAN clients in, which the doctor names, and mends as it says", async () => {
    const house = await settled(async (before) => {
      await withContainer(before);
    });
    const { router, client } = house;
    expect(await flows(client, 2, { wait: 1 })).toMatchObject({ failed: 2 });
    const { out, code } = await router.waymark(["doctor", "--json"], false);
    const { findings } = JSON.parse(out) as {
      findings: { id: string; remedy: { do: string; command?: string }[] }[];
    };
    expect(code).toBe(1);
    const found = findings.find(({ id }) => id === "forward-dropped");
    const commands = found?.remedy.flatMap(({ command }) => command ?? []) ?? [];
    expect(commands[0]).toContain("DOCKER-USER");
    // the tool that Debian's alternatives call iptables may be either
    for (const command of commands) await router.sh(command.replace(/^iptables(-legacy)?/, tool));
    await expectSound(house);
    expect((await router.waymark(["doctor", "--json"], false)).out).not.toContain("forward-dropped");
  });
});

describe("ufw's chains", () => {
  it("let pass what they are told, whatever the lines do, and are left as they are", async () => {
    const load = (house: PinnedNat) => house.router.exec(["iptables-nft-restore"], { input: UFW_RULES });
    const house = await settled(async (before) => {
      await load(before);
    });
    const { lab, router, client, isps } = house;
    await serve(router, ["0.0.0.0"], 8000);
    const [own, foreign] = [await ours(router), await theirs(router)];
    const open = await connect(client);
    await open.say();
    await expectSound(house);
    // `ufw reload` puts its tables in place of themselves
    await load(house);
    expect(await ours(router)).toBe(own);
    for (const [place, isp] of isps.entries()) {
      const dialled = { to: lineAddress(place), port: 8000, from: SERVER };
      expect(await flows(lab.internet, 3, dialled)).toMatchObject({ failed: 0 });
      expect(await isp.foreign([lineAddress(place)])).toEqual([]);
    }
    expect((await open.say()).peer).toBe(lineAddress(0));
    await flap(house, () => expectWay(client, isps, ADDRESSES, 1));
    await expectSound(house);
    expect(await theirs(router)).toBe(foreign);
    expect((await router.waymark(["doctor", "--json"], false)).out).not.toContain("forward-dropped");
  });
});
