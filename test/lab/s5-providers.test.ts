import { describe, expect, it } from "vitest";
import { factsOf, ifplugd, pppDown, pppUp } from "./harness/hooks.ts";
import { providerAddress as address, announce, type Providers, providers } from "./harness/houses.ts";
import { watch } from "./harness/monitor.ts";
import { connect, flows, OTHERS, serve } from "./harness/peer.ts";

/** Twelve providers: two share the first tier 3 to 1, one is loose, one untracked, two are not there. */
const CONFIG = `
[uplink.p0]
interface = "wan0"
gateway = "192.168.100.1"
tier = 1
weight = 3
spread_cpus = true

[uplink.p1]
interface = "wan1"
gateway = "192.168.101.1"
tier = 1
nat = "snat"

[uplink.p2]
interface = "wan2"
gateway = "192.168.102.1"
tier = 2
loose = true

[uplink.p3]
interface = "wan3"
gateway = "192.168.103.1"
tier = 2
pin = false
${[4, 5, 6, 7, 8, 9].map((n) => `\n[uplink.p${n}]\npeer = "p${n}"\ntier = ${n}\nweight = ${n}\n`).join("")}
[uplink.p10]
interface = "wwan0"
tier = 10

[uplink.p11]
peer = "backup"
tier = 11

[router]
forward = true
`;

const rule = (to: string | undefined, via: string) => `\n[[rule]]\ndestination = "${to}"\nvia = ${via}\n`;

/** No provider got a packet with an address that is not ours there. */
async function expectNoForeign({ isps }: Providers): Promise<void> {
  for (const [n, isp] of isps.entries()) expect(await isp.foreign([address(n)]), `p${n}`).toEqual([]);
}

describe("a router with twelve providers", () => {
  it("shares the first tier, tells of those that are absent, and reaches each by rule", async () => {
    const house = await providers();
    const { router, client, lines } = house;
    const rules = OTHERS.slice(0, 5).map((to, i) => rule(to, `"p${i + 4}"`));
    await router.apply(CONFIG + rules.join("") + rule("203.0.113.200", '["p10", "p11", "p9"]'));
    await announce(router, lines);
    const { uplinks, choice } = await router.status();
    expect(uplinks.map(({ name }) => name)).toEqual([...Array(12).keys()].map((n) => `p${n}`));
    expect(uplinks.map(({ state }) => state)).toEqual([...Array(10).fill("up"), "absent", "absent"]);
    expect([...choice].sort()).toEqual(["p0", "p1"]);
    for (const [i, to] of OTHERS.entries())
      for (const machine of [client, router])
        expect(await flows(machine, 2, { to })).toEqual({ by: { [address(i + 4)]: 2 }, failed: 0, why: "" });
    const { by } = await flows(client, 200);
    expect(Object.keys(by).sort()).toEqual([address(0), address(1)]);
    expect(Math.abs((by[address(0)] ?? 0) - 150)).toBeLessThanOrEqual(25);
    await expectNoForeign(house);
  });

  it("has a source rule for each address, but not for a loose provider's", async () => {
    const { router, isps, lines } = await providers();
    await router.apply(CONFIG);
    await announce(router, lines);
    for (const n of [3, 4, 9])
      expect(await flows(router, 2, { from: address(n) })).toEqual({
        by: { [address(n)]: 2 },
        failed: 0,
        why: "",
      });
    const { by } = await flows(router, 4, { from: address(2), proto: "udp" });
    expect(by[address(2)]).toBeUndefined();
    expect(await isps[2]?.seen()).toEqual([]);
  });

  it("finds the source rule of an address among many, and no rule moves while others come and go", async () => {
    const house = await providers();
    const { router, client, lines } = house;
    const grouped = () => router.sh("ip rule show proto 87 | grep 'from 192.0.0.0/4 goto' || true");
    const more = [...Array(15).keys()].map((n) => `192.168.103.${n + 20}`);
    const addresses = (verb: string) =>
      router.sh(more.map((local) => `ip addr ${verb} ${local}/24 dev wan3`).join("; "));
    await router.apply(CONFIG);
    await announce(router, lines);
    expect(await grouped()).toBe("");
    const coming = await watch(router);
    await addresses("add");
    await router.apply();
    expect((await coming.stop()).filter((line) => line.startsWith("Deleted"))).toEqual([]);
    expect(await grouped()).not.toBe("");
    for (const from of [more[0] as string, more[14] as string, address(3), address(4), address(9)])
      expect(await flows(router, 2, { from }), from).toEqual({ by: { [from]: 2 }, failed: 0, why: "" });
    for (const machine of [client, router]) {
      const { by, failed } = await flows(machine, 8);
      const others = Object.keys(by).filter((from) => from !== address(0) && from !== address(1));
      expect([failed, others]).toEqual([0, []]);
    }
    await addresses("del");
    const going = await watch(router);
    await router.apply();
    const others = (await going.stop()).filter(
      (line) => / from \d+(\.\d+){3} lookup/.test(line) && !line.includes(" 192.168.103."),
    );
    expect([await grouped(), others]).toEqual(["", []]);
    expect(await flows(router, 2, { from: address(3) })).toMatchObject({ by: { [address(3)]: 2 } });
    for (const [n, isp] of house.isps.entries())
      expect(await isp.foreign([address(n), ...(n === 3 ? more : [])]), `p${n}`).toEqual([]);
  });

  it("lets a dead line's connections go, with no complaint, where the kernel's listing is very long", async () => {
    const house = await providers();
    const { router, client, lines } = house;
    // In reserve; each makes the listing longer by one and a half kilobytes.
    const more = [...Array(120).keys()];
    const device = (n: number) =>
      `link add res${n} type veth peer name far${n}\naddr add 10.200.${n}.2/24 dev res${n}\nlink set res${n} up\nlink set far${n} up\n`;
    await router.write("/srv/lab/devices", more.map(device).join(""));
    await router.sh("ip -batch /srv/lab/devices");
    const section = (n: number) =>
      `\n[uplink.r${n}]\ninterface = "res${n}"\ngateway = "10.200.${n}.1"\ntier = 90\n`;
    await router.apply(CONFIG + more.map(section).join(""));
    await announce(router, lines);
    const long = await router.sh("ip -N -j address show | wc -c");
    expect(Number(long)).toBeGreaterThan(64 * 1024);
    let udp = await connect(client, { proto: "udp" });
    while ((await udp.say()).peer !== address(0)) udp = await connect(client, { proto: "udp" });
    await router.sh("ip link set wan0 down");
    await ifplugd(router, "wan0", "down");
    expect((await udp.say()).peer).toBe(address(1));
    const { errors, choice } = await router.status();
    expect([errors, choice]).toEqual([[], ["p1"]]);
    await router.sh("ip link set wan0 up");
    await ifplugd(router, "wan0", "up");
    expect((await router.status()).errors).toEqual([]);
    expect((await router.waymark(["plan"])).out).not.toMatch(/^ip /m);
    await expectNoForeign(house);
  });

  it("pins connections of tracked providers, and lets those of an untracked one follow the rules", async () => {
    const house = await providers();
    const { router, client, lines } = house;
    await router.apply(CONFIG + rule(OTHERS[0], '"p3"') + rule(OTHERS[1], '"p4"'));
    await announce(router, lines);
    const free = await connect(client, { proto: "udp", to: OTHERS[0] as string });
    const pinned = await connect(client, { proto: "udp", to: OTHERS[1] as string });
    expect([(await free.say()).peer, (await pinned.say()).peer]).toEqual([address(3), address(4)]);
    await router.apply(CONFIG + rule(OTHERS[0], '"p5"') + rule(OTHERS[1], '"p5"'));
    expect((await pinned.say()).peer).toBe(address(4));
    expect(await flows(client, 2, { to: OTHERS[1] as string })).toMatchObject({ by: { [address(5)]: 2 } });
    await free.try(); // masquerading drops the packet that changes the way, and translates anew from the next one on
    expect((await free.say()).peer).toBe(address(5));
    expect(await flows(client, 2, { to: OTHERS[0] as string })).toMatchObject({ by: { [address(5)]: 2 } });
    await expectNoForeign(house);
  });

  it("lets VPN and LAN routes of the main table win over choice and rules, and enters no uplink for them", async () => {
    const house = await providers();
    const { lab, router, client, lines } = house;
    const vpn = await lab.machine("vpn");
    await lab.wire(router, "tun0", vpn, "eth0");
    await router.sh("ip addr add 10.8.0.2/24 dev tun0");
    await vpn.sh(
      `ip addr add 10.8.0.1/24 dev eth0; ip addr add 10.99.0.1/16 dev lo; ip addr add ${OTHERS[5]}/32 dev lo`,
    );
    await vpn.sh("ip route add default via 10.8.0.2");
    await serve(vpn, ["10.99.0.1", OTHERS[5] as string]);
    await router.apply(CONFIG);
    await announce(router, lines);
    expect(await flows(client, 2, { to: OTHERS[5] as string })).toMatchObject({ failed: 0 });
    await router.sh("ip route add 10.99.0.0/16 via 10.8.0.1; ip route add 203.0.113.128/25 via 10.8.0.1");
    await Promise.all(house.isps.map((isp) => isp.forget()));
    for (const to of ["10.99.0.1", OTHERS[5] as string]) {
      expect(await flows(client, 3, { to })).toEqual({ by: { "10.0.0.50": 3 }, failed: 0, why: "" });
      expect(await flows(router, 3, { to })).toEqual({ by: { "10.8.0.2": 3 }, failed: 0, why: "" });
    }
    await serve(client, ["10.0.0.50"]);
    expect(await flows(router, 3, { to: "10.0.0.50" })).toMatchObject({ by: { "10.0.0.1": 3 } });
    expect((await Promise.all(house.isps.map((isp) => isp.seen()))).flat()).toEqual([]);
  });

  it("enables, disables and drains by hand, over events", async () => {
    const house = await providers();
    const { router, client, lines } = house;
    await router.apply(CONFIG);
    await announce(router, lines);
    await router.waymark(["disable", "p1"]);
    const open = await connect(client);
    const udp = await connect(client, { proto: "udp" });
    expect([(await open.say()).peer, (await udp.say()).peer]).toEqual([address(0), address(0)]);
    await ifplugd(router, "wan1", "up");
    expect(await flows(client, 10)).toMatchObject({ by: { [address(0)]: 10 } });
    expect(await router.uplink("p1")).toMatchObject({ state: "disabled", chosen: false });

    await router.waymark(["enable", "p1"]);
    await router.waymark(["drain", "p0"]);
    await ifplugd(router, "wan0", "up");
    expect(await flows(client, 10)).toMatchObject({ by: { [address(1)]: 10 } });
    expect([(await open.say()).peer, (await udp.say()).peer]).toEqual([address(0), address(0)]);

    await router.waymark(["disable", "p0"]);
    expect((await udp.say()).peer).toBe(address(1));
    await router.waymark(["enable", "p0"]);
    const { by } = await flows(client, 60);
    expect(by[address(0)]).toBeGreaterThan(20);
    expect((await router.waymark(["disable", "nobody"], false)).code).not.toBe(0);
    await expectNoForeign(house);
  });

  it("leaves what is others' alone, and after stop all is as it was", async () => {
    const house = await providers();
    const { router, client, lines } = house;
    await router.sh(`
      ip rule add pref 100 from 10.77.0.0/16 lookup 77; ip -6 rule add pref 100 from 2001:db8:77::/48 lookup 77
      ip route add 10.78.0.0/16 dev wan1 proto 99 table 77; ip route add 10.79.0.0/16 dev eth0 proto static
      ip route add default via 192.168.103.1 dev wan3 metric 500
      ip -6 route add 2001:db8:78::/48 dev wan1 proto 99 table 77`);
    await router.nft(
      "table ip nat {\n chain post {\n type nat hook postrouting priority 100; policy accept;\n ip saddr 10.77.0.0/16 masquerade\n }\n}\n",
    );
    const before = await router.snapshot();
    await router.apply(CONFIG + rule(OTHERS[0], '"p4"'));
    await announce(router, lines);
    const during = await router.snapshot();
    expect(during).not.toBe(before);
    for (const line of before.split("# sysctls")[0]?.split("\n") ?? [])
      expect(during.split("\n")).toContain(line);
    expect(await flows(client, 5)).toMatchObject({ failed: 0 });
    const sixth = lines[2];
    if (!sixth) throw new Error("no line");
    await sixth.drop();
    await pppDown(router, factsOf(sixth));
    await sixth.redial(address(6));
    await pppUp(router, factsOf(sixth));
    await router.waymark(["disable", "p1"]);
    await router.apply(CONFIG.replace("weight = 3", "weight = 7"));
    await router.waymark(["stop"]);
    expect((await router.snapshot()).split("\n")).toEqual(before.split("\n"));
    await router.waymark(["stop"]);
    expect((await router.snapshot()).split("\n")).toEqual(before.split("\n"));
  });

  it("can be stopped and applied again and again, and stop takes away what a late event made", async () => {
    const house = await providers();
    const { router, lines } = house;
    const before = await router.snapshot();
    await router.apply(CONFIG);
    await router.waymark(["stop"]);
    await router.apply();
    expect(await flows(router, 3)).toMatchObject({ failed: 0 });
    await router.waymark(["stop"]);
    await announce(router, lines);
    await router.waymark(["stop"]);
    expect((await router.snapshot()).split("\n")).toEqual(before.split("\n"));
  });
});
