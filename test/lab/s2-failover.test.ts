import { describe, expect, it } from "vitest";
import { factsOf, ifplugd, pppUp } from "./harness/hooks.ts";
import { EDGE, type EdgeRouter, edgeRouter } from "./harness/houses.ts";
import { flows, probes } from "./harness/peer.ts";

// Lines fail here without any process of Waymark's being run: what is left of the traffic is the kernel's doing.

const config = (lteTier: number, gsmTier: number) => `
[uplink.lte]
interface = "usb0"
gateway = "192.168.42.129"
tier = ${lteTier}

[uplink.gsm]
peer = "gsm"
tier = ${gsmTier}

[router]
forward = true
`;

/** Most probes a failing line may cost, at one a millisecond. */
const MOST_LOST = 2;

/** Lets new flows of guest and router and several lasting ones run over a failure; tells what each lost. */
async function lossesDuring(house: EdgeRouter, fail: () => Promise<unknown>, lasting = 1) {
  const { guest, router } = house;
  const kinds = [
    ["new flows of the guest", await probes(guest, "new")],
    ["new flows of the router", await probes(router, "new")],
  ] as [string, Awaited<ReturnType<typeof probes>>][];
  for (let i = 0; i < lasting; i++) kinds.push([`lasting flow ${i}`, await probes(guest, "same")]);
  await flows(guest, 200, { proto: "udp" });
  await fail();
  await flows(guest, 200, { proto: "udp" });
  const losses = [];
  for (const [name, probe] of kinds) losses.push({ name, ...(await probe.stop()) });
  return losses;
}

async function expectFailover(
  house: EdgeRouter,
  fail: () => Promise<unknown>,
  lasting?: number,
): Promise<void> {
  const losses = await lossesDuring(house, fail, lasting);
  for (const { name, sent, lost, longest } of losses) {
    const told = `${name}: ${lost} of ${sent} lost, ${longest} in a row; all: ${JSON.stringify(losses)}`;
    expect(sent, told).toBeGreaterThan(50);
    expect(lost, told).toBeLessThanOrEqual(MOST_LOST);
  }
  expect(await house.lte.foreign([EDGE.lte])).toEqual([]);
  expect(await house.gsm.foreign([EDGE.gsm])).toEqual([]);
}

async function ready(lteTier: number, gsmTier: number): Promise<EdgeRouter> {
  const house = await edgeRouter();
  await house.router.apply(config(lteTier, gsmTier));
  await pppUp(house.router, factsOf(house.line));
  await flows(house.guest, 20);
  return house;
}

describe("a line that fails while no process of Waymark's runs", () => {
  it("costs two probes at most when its carrier is lost", async () => {
    const house = await ready(1, 2);
    await expectFailover(house, () => house.lte.sh("ip link set cust down"));
    expect(await flows(house.guest, 5)).toMatchObject({ by: { [EDGE.gsm]: 5 }, failed: 0 });
    await house.lte.sh("ip link set cust up");
    await ifplugd(house.router, "usb0", "up");
    expect(await flows(house.guest, 5)).toMatchObject({ by: { [EDGE.lte]: 5 }, failed: 0 });
  });

  it("costs two probes at most when its device is unregistered", async () => {
    const house = await ready(2, 1);
    await expectFailover(house, () => house.line.hangUp());
    expect(await flows(house.guest, 5)).toMatchObject({ by: { [EDGE.lte]: 5 }, failed: 0 });
  });

  it("costs two probes at most when its device is taken down, as pppd does first", async () => {
    const house = await ready(2, 1);
    await expectFailover(house, () => house.line.drop());
    expect(await flows(house.guest, 5)).toMatchObject({ by: { [EDGE.lte]: 5 }, failed: 0 });
  });

  it("costs as little in a balanced tier when a carrier is lost", async () => {
    const house = await ready(1, 1);
    await expectFailover(house, () => house.lte.sh("ip link set cust down"), 4);
    expect(await flows(house.guest, 40)).toMatchObject({ by: { [EDGE.gsm]: 40 }, failed: 0 });
    expect(await flows(house.router, 40)).toMatchObject({ by: { [EDGE.gsm]: 40 }, failed: 0 });
  });

  it("costs as little in a balanced tier when a device is gone", async () => {
    const house = await ready(1, 1);
    await expectFailover(house, () => house.line.hangUp(), 4);
    expect(await flows(house.guest, 40)).toMatchObject({ by: { [EDGE.lte]: 40 }, failed: 0 });
    expect(await flows(house.router, 40)).toMatchObject({ by: { [EDGE.lte]: 40 }, failed: 0 });
  });
});
