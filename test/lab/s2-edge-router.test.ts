import { describe, expect, it } from "vitest";
import { factsOf, ifplugd, ifupdown, nm, pppDown, pppUp } from "./harness/hooks.ts";
import { EDGE, type EdgeRouter, edgeRouter } from "./harness/houses.ts";
import type { Machine } from "./harness/machine.ts";
import { connect, flows } from "./harness/peer.ts";

interface Wish {
  readonly tiers?: readonly [number, number, number];
  readonly weights?: readonly [number, number, number];
  readonly lte?: string;
}

/** The house's configuration: tiers and weights of adsl, lte and gsm. */
function config({ tiers = [1, 2, 3], weights = [1, 1, 1], lte = "" }: Wish = {}): string {
  return `
[uplink.adsl]
interface = "eth0"
gateway = "192.168.1.1"
tier = ${tiers[0]}
weight = ${weights[0]}
nat = "none"
lan = true

[uplink.lte]
interface = "usb0"
gateway = "192.168.42.129"
tier = ${tiers[1]}
weight = ${weights[1]}
${lte}

[uplink.gsm]
peer = "gsm"
tier = ${tiers[2]}
weight = ${weights[2]}

[router]
forward = true
`;
}

const BALANCED = config({ tiers: [1, 1, 1], weights: [8, 6, 3] });

/** The address that the internet sees of a machine, by uplink. */
const seenAs = (machine: Machine) => {
  const own = { router: EDGE.router, client: EDGE.client, guest: EDGE.guest }[machine.name] ?? machine.name;
  return { adsl: own, lte: EDGE.lte, gsm: EDGE.gsm };
};

async function expectAll(machines: readonly Machine[], uplink: "adsl" | "lte" | "gsm"): Promise<void> {
  for (const machine of machines)
    for (const proto of ["tcp", "udp"] as const)
      expect(await flows(machine, 4, { proto }), `${machine.name} over ${uplink}`).toEqual({
        by: { [seenAs(machine)[uplink]]: 4 },
        failed: 0,
        why: "",
      });
}

/** The masquerading uplinks carried their own address only; the ADSL side saw the house's addresses only. */
async function expectNoForeign({ adsl, lte, gsm }: EdgeRouter): Promise<void> {
  expect(await lte.foreign([EDGE.lte])).toEqual([]);
  expect(await gsm.foreign([EDGE.gsm])).toEqual([]);
  expect(await adsl.foreign([EDGE.router, EDGE.client, EDGE.guest])).toEqual([]);
}

describe("a router with its ADSL modem on the LAN port", () => {
  it("takes the best tier that works, by hooks of four kinds, and comes back", async () => {
    const house = await edgeRouter();
    const { router, client, guest, lan, lte, line, port } = house;
    await router.apply(config());
    await ifupdown(router, "eth0", "start", { IF_ADDRESS: EDGE.router, IF_GATEWAY: "192.168.1.1" });
    await nm(router, "usb0", "up", {
      IP4_GATEWAY: "192.168.42.129",
      IP4_ADDRESS_0: `${EDGE.lte}/24 192.168.42.129`,
    });
    await pppUp(router, factsOf(line));
    await expectAll([client, guest, router], "adsl");

    await lan.sh(`ip link set ${port} down`);
    await ifplugd(router, "eth0", "down");
    await expectAll([guest, router], "lte");
    await lte.sh("ip link set cust down");
    await nm(router, "usb0", "down");
    await expectAll([guest, router], "gsm");
    await line.hangUp();
    await pppDown(router, factsOf(line));
    expect((await router.status()).choice).toEqual([]);
    expect(await flows(guest, 2, { wait: 1 })).toMatchObject({ failed: 2 });

    await lte.sh("ip link set cust up");
    await nm(router, "usb0", "up", { IP4_GATEWAY: "192.168.42.129" });
    await expectAll([guest, router], "lte");
    await lan.sh(`ip link set ${port} up`);
    await ifplugd(router, "eth0", "up");
    await expectAll([client, guest, router], "adsl");
    await expectNoForeign(house);
  });

  it("learns a gateway from NetworkManager, or from the main table", async () => {
    const { router, guest } = await edgeRouter();
    await router.apply(config({ tiers: [1, 2, 3] }).replaceAll(/^gateway = .*\n/gm, ""));
    expect((await router.status()).choice).toEqual(["gsm"]);
    await expectAll([guest, router], "gsm");
    await nm(router, "usb0", "up", {
      IP4_GATEWAY: "192.168.42.129",
      IP4_ADDRESS_0: `${EDGE.lte}/24 192.168.42.129`,
    });
    await expectAll([guest, router], "lte");
    expect((await router.uplink("lte")).gateway).toBe("192.168.42.129");
    await router.sh("ip route add default via 192.168.1.1 dev eth0 metric 900");
    await ifupdown(router, "eth0", "start");
    expect((await router.uplink("adsl")).gateway).toBe("192.168.1.1");
    await expectAll([guest, router], "adsl");
  });

  it("shares new connections 8 to 6 to 3, and leaves those that there are", async () => {
    const house = await edgeRouter();
    const { router, client, guest, line } = house;
    await router.apply(BALANCED);
    await pppUp(router, factsOf(line));
    const open = [];
    for (const machine of [client, guest, router])
      for (let i = 0; i < 6; i++) open.push(await connect(machine, { proto: i % 2 ? "udp" : "tcp" }));
    const before = [];
    for (const connection of open) before.push((await connection.say()).peer);
    for (const machine of [client, guest, router])
      for (const proto of ["tcp", "udp"] as const) {
        const { by, failed, why } = await flows(machine, 340, { proto });
        expect(failed, `${machine.name} ${proto}: ${why}`).toBe(0);
        const { adsl, lte, gsm } = seenAs(machine);
        // four standard deviations around 160, 120 and 60 of 340
        const shares = `${machine.name} ${proto}: ${JSON.stringify(by)}`;
        expect(Math.abs((by[adsl] ?? 0) - 160), shares).toBeLessThanOrEqual(37);
        expect(Math.abs((by[lte] ?? 0) - 120), shares).toBeLessThanOrEqual(36);
        expect(Math.abs((by[gsm] ?? 0) - 60), shares).toBeLessThanOrEqual(29);
      }
    const after = [];
    for (const connection of open) after.push((await connection.say()).peer);
    expect(after).toEqual(before);
    await expectNoForeign(house);
  });

  it("never redirects clients around itself, though packets go out where they came in", async () => {
    const house = await edgeRouter();
    const { router, client } = house;
    await client.nft(`
      table inet eye {
        counter redirects { }
        chain in { type filter hook input priority 0; policy accept; icmp type redirect counter name redirects; }
      }`);
    const redirects = async () =>
      Number(/packets (\d+)/.exec(await client.sh("nft list counter inet eye redirects"))?.[1]);
    // plain routing does send them: so the eye sees
    await router.sh("sysctl -qw net.ipv4.ip_forward=1; ip route add default via 192.168.1.1");
    await flows(client, 10, { proto: "udp" });
    const plain = await redirects();
    expect(plain).toBeGreaterThan(0);
    await router.sh("sysctl -qw net.ipv4.ip_forward=0; ip route del default");
    await router.apply(config());
    await expectAll([client], "adsl");
    await flows(client, 50, { proto: "udp" });
    expect(await redirects()).toBe(plain);
  });

  it("carries TCP of which it sees one direction only, alone and when the 4G stick shares the tier", async () => {
    const house = await edgeRouter();
    const { router, client, line } = house;
    for (const toml of [config(), config({ tiers: [1, 1, 2] }), BALANCED]) {
      await router.apply(toml);
      await pppUp(router, factsOf(line));
      const open = [];
      for (let i = 0; i < 24; i++) open.push(await connect(client));
      const peers = new Set<string>();
      for (const connection of open) {
        const { peer } = await connection.say();
        peers.add(peer);
        for (let i = 0; i < 5; i++) expect((await connection.say()).peer).toBe(peer);
      }
      expect(peers.has(EDGE.client)).toBe(true);
      expect(peers.has(EDGE.lte)).toBe(toml !== config());
      for (const connection of open) await connection.close();
    }
    await expectNoForeign(house);
  });

  it("moves the clients of its own port to the next uplink, and back, by hand", async () => {
    const house = await edgeRouter();
    const { router, client, guest } = house;
    await router.apply(config());
    await expectAll([client, guest, router], "adsl");
    await router.waymark(["disable", "adsl"]);
    await expectAll([client, guest, router], "lte");
    await router.waymark(["enable", "adsl"]);
    await expectAll([client, guest, router], "adsl");
    await expectNoForeign(house);
  });

  for (const [name, lte, moved] of [
    ["leaves connections where they are when the better tier returns", "", false],
    ["moves the connections of a metered uplink back when the better tier returns", "metered = true", true],
    ['moves them when failback = "move" says so', 'failback = "move"', true],
  ] as const)
    it(name, async () => {
      const house = await edgeRouter();
      const { router, guest, lan, port } = house;
      await router.apply(config({ lte }));
      await lan.sh(`ip link set ${port} down`);
      await ifplugd(router, "eth0", "down");
      const open = await connect(guest, { proto: "udp" });
      const tcp = await connect(guest);
      expect((await open.say()).peer).toBe(EDGE.lte);
      expect((await tcp.say()).peer).toBe(EDGE.lte);
      await lan.sh(`ip link set ${port} up`);
      await ifplugd(router, "eth0", "up");
      expect((await open.say()).peer).toBe(moved ? EDGE.guest : EDGE.lte);
      if (!moved) expect((await tcp.say()).peer).toBe(EDGE.lte);
      await expectAll([guest, router], "adsl");
      await house.lte.forget();
      await open.say();
      expect(await house.lte.sources()).toEqual(moved ? {} : { [EDGE.lte]: 1 });
      if (!moved) await expectNoForeign(house);
    });

  it("does not let the connections of a dead uplink out by another without translation", async () => {
    const house = await edgeRouter();
    const { router, guest, lte } = house;
    await router.apply(config({ tiers: [3, 1, 2] }));
    const open = await connect(guest, { proto: "udp" });
    const tcp = await connect(guest);
    expect([(await open.say()).peer, (await tcp.say()).peer]).toEqual([EDGE.lte, EDGE.lte]);
    await lte.sh("ip link set cust down");
    await ifplugd(router, "usb0", "down");
    expect((await open.say()).peer).toBe(EDGE.gsm);
    expect(await tcp.try()).toMatch(/^fail/); // the server resets what comes from a new address
    await expectNoForeign(house);
  });
});
