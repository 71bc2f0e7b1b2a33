import { describe, expect, it } from "vitest";
import { ifplugd, nm } from "./harness/hooks.ts";
import { type Laptop, laptop } from "./harness/houses.ts";
import { connect, flows, routePolls } from "./harness/peer.ts";

const CONFIG = `
[uplink.cable]
interface = "br0"
carrier = "eth0"
gateway = "192.168.1.1"
verify = "gateway"
tier = 1

[uplink.wifi]
interface = "wlan0"
gateway = "192.168.1.1"
tier = 2
`;

const ADDRESSES = [
  ["the same LAN address on both", "192.168.1.10", "192.168.1.10"],
  ["an address each", "192.168.1.10", "192.168.1.11"],
] as const;

/** New connections work, and all their packets go and come that way. */
async function expectWay({ router, ways }: Laptop, way: "cable" | "wifi"): Promise<void> {
  await ways();
  expect(await flows(router, 5)).toMatchObject({ failed: 0 });
  expect(await flows(router, 5, { proto: "udp" })).toMatchObject({ failed: 0 });
  const { [way]: here, [way === "cable" ? "wifi" : "cable"]: elsewhere } = await ways();
  expect({ elsewhere }).toEqual({ elsewhere: [0, 0] });
  for (const packets of here) expect(packets).toBeGreaterThan(0);
}

describe.each(ADDRESSES)("a laptop with %s", (_, brAddress, wlanAddress) => {
  it("goes by the cable at boot when it is in, else by Wi-Fi", async () => {
    const house = await laptop(brAddress, wlanAddress);
    await house.router.apply(CONFIG);
    await expectWay(house, "cable");
    expect((await house.router.status()).choice).toEqual(["cable"]);
    await house.router.waymark(["stop"]);
    await house.cable("out");
    await house.router.apply();
    await expectWay(house, "wifi");
  });

  it("follows the cable in and out, and never lacks a default meanwhile", async () => {
    const house = await laptop(brAddress, wlanAddress);
    const { router, cable } = house;
    await router.apply(CONFIG);
    const polls = await routePolls(router);
    for (let round = 0; round < 2; round++) {
      await cable("out");
      await ifplugd(router, "eth0", "down");
      await expectWay(house, "wifi");
      expect(await router.sh("ip neigh show dev br0")).not.toMatch(/lladdr/);
      await cable("lan");
      await ifplugd(router, "eth0", "up");
      await expectWay(house, "cable");
    }
    const { asked, refused } = await polls.stop();
    expect(asked).toBeGreaterThan(1000);
    expect(refused).toBe(0);
  });

  it("keeps open connections going through every switch", async () => {
    const house = await laptop(brAddress, wlanAddress);
    const { router, cable } = house;
    await router.apply(CONFIG);
    const early = await connect(router);
    await early.say();
    await cable("out");
    await ifplugd(router, "eth0", "down");
    expect((await early.say("after the pull")).peer).toBe(early.local);
    const late = await connect(router);
    await late.say();
    await cable("lan");
    await ifplugd(router, "eth0", "up");
    for (const connection of [early, late]) {
      expect((await connection.say("after the plug")).peer).toBe(connection.local);
      expect((await connection.say("and again")).peer).toBe(connection.local);
    }
  });

  it("stays on Wi-Fi while the gateway is silent on the cable, and switches at the next event after it answers", async () => {
    const house = await laptop(brAddress, wlanAddress);
    const { router, cable } = house;
    await cable("out");
    await router.apply(CONFIG);
    await cable("dead");
    const polls = await routePolls(router);
    await ifplugd(router, "eth0", "up");
    await expectWay(house, "wifi");
    expect(await router.uplink("cable")).toMatchObject({
      state: expect.stringMatching(/^(down|checking)$/),
      chosen: false,
    });
    expect((await router.status()).choice).toEqual(["wifi"]);
    await cable("lan");
    await ifplugd(router, "eth0", "up");
    await expectWay(house, "cable");
    expect((await polls.stop()).refused).toBe(0);
  });
});

describe("a laptop", () => {
  it("goes by the cable of a plain interface too, with NetworkManager's events", async () => {
    const house = await laptop("192.168.1.10", "192.168.1.11");
    const { router, cable } = house;
    const vars = { IP4_GATEWAY: "192.168.1.1", IP4_NUM_ADDRESSES: "1", IP4_NUM_ROUTES: "0" };
    await router.apply(CONFIG.replaceAll('gateway = "192.168.1.1"\n', ""));
    await nm(router, "br0", "up", { ...vars, IP4_ADDRESS_0: "192.168.1.10/24 192.168.1.1" });
    await nm(router, "wlan0", "up", { ...vars, IP4_ADDRESS_0: "192.168.1.11/24 192.168.1.1" });
    await expectWay(house, "cable");
    await cable("out");
    await nm(router, "br0", "down");
    await expectWay(house, "wifi");
  });

  it("holds on to the only way there is, when Wi-Fi is gone and the gateway silent on the cable", async () => {
    const house = await laptop("192.168.1.10", "192.168.1.11");
    const { router, cable } = house;
    await router.apply(CONFIG);
    await router.sh("ip link set wlan0 down");
    await nm(router, "wlan0", "down");
    await expectWay(house, "cable");
    await router.sh("ip link set wlan0 up");
    await nm(router, "wlan0", "up", { IP4_GATEWAY: "192.168.1.1" });
    await expectWay(house, "cable");
    await cable("out");
    await ifplugd(router, "eth0", "down");
    await expectWay(house, "wifi");
  });

  it("reaches the LAN by the device that is chosen", async () => {
    const house = await laptop("192.168.1.10", "192.168.1.11");
    const { router, cable } = house;
    await router.apply(CONFIG);
    await cable("out");
    await ifplugd(router, "eth0", "down");
    expect((await router.exec(["ping", "-c", "2", "-W", "2", "192.168.1.1"], { reject: false })).code).toBe(
      0,
    );
    await cable("lan");
    await ifplugd(router, "eth0", "up");
    expect((await router.exec(["ping", "-c", "2", "-W", "2", "192.168.1.1"], { reject: false })).code).toBe(
      0,
    );
  });
});
