import { describe, expect, it } from "vitest";
import { House, type Plan } from "../../fake-kernel/house.ts";
import { runIp } from "../../fake-kernel/ip.ts";
import { lookUp } from "../../fake-kernel/lookup.ts";
import { BALANCED, EDGE, LAPTOP, RULED, SERVER } from "../../fake-kernel/plans.ts";

const started = async (plan: Plan): Promise<House> => {
  const house = new House(plan);
  await house.run();
  house.kernel.journal.splice(0);
  house.world.commands.splice(0);
  house.world.touched.splice(0);
  return house;
};

/** As `ip` prints them. */
const shownRules = (house: House) =>
  runIp(house.kernel, ["-N", "-j", "-force", "-batch", "-"], "rule show\n", null).stdout.trim();

/** The last one. */
function deleteRuleOfOurs({ kernel: { rules } }: House): void {
  const ours = rules.filter(({ protocol, family }) => protocol === 87 && family === 4);
  rules.splice(rules.indexOf(ours.at(-1) as (typeof ours)[number]), 1);
}

/** More than `ip` can be asked about twice. */
const MANY: Plan = {
  name: "many lines",
  text: Array.from(
    { length: 160 },
    (_, place) =>
      `[uplink.u${place}]\ninterface = "up${place}"\ngateway = "10.9.${place}.1"\ntier = ${place + 1}\n`,
  ).join(""),
  lines: Array.from({ length: 160 }, (_, place) => ({
    uplink: `u${place}`,
    device: `up${place}`,
    ppp: false,
    addresses: [`10.9.${place}.5/24`, `10.9.${place}.6/24`] as const,
    gateway: null,
    address6: null,
  })),
};

const last = (house: House) => house.world.commands.map(({ file, args }) => [file, ...args].join(" "));

describe("a run", () => {
  it("that finds nothing to do costs one process", async () => {
    const house = await started(EDGE);
    await house.run();
    expect(last(house)).toEqual(["ip -N -j -force -batch -"]);
  });

  it("where the packet filter cannot tell, nft is asked", async () => {
    const house = await started(EDGE);
    house.world.canary = false;
    const report = await house.run();
    expect(report.changes).toEqual([]);
    expect(last(house)).toContain("nft list chain inet waymark loopback");
  });

  it("a packet filter that was wiped is put back whole", async () => {
    const house = await started(EDGE);
    const text = house.kernel.text();
    house.kernel.nft.wipe();
    await house.run();
    expect(house.kernel.text()).toBe(text);
  });

  it("a chain that was flushed is found by a thorough run", async () => {
    const house = await started(EDGE);
    const text = house.kernel.text();
    house.kernel.nft.load("flush chain inet waymark nat_masquerade\n");
    await house.run();
    expect(house.kernel.text()).not.toBe(text);
    await house.run([], true);
    expect(house.kernel.text()).toBe(text);
  });

  it("thorough, with nothing to do, changes nothing", async () => {
    const house = await started(RULED);
    expect((await house.run([], true)).changes).toEqual([]);
  });

  it("routes and rules that somebody deleted are put back", async () => {
    const house = await started(SERVER);
    const text = house.kernel.text();
    const { routes, rules } = house.kernel;
    routes.splice(0, routes.length, ...routes.filter(({ protocol }) => protocol !== 87));
    rules.splice(0, rules.length, ...rules.filter(({ protocol }) => protocol !== 87));
    await house.run();
    expect(house.kernel.text()).toBe(text);
  });

  it("rules that need no change are known by their text, and a thorough run reads them all the same", async () => {
    const house = await started(RULED);
    await house.run();
    const text = house.kernel.text();
    const known = house.world.store.settledRules ?? "";
    const before = shownRules(house);
    deleteRuleOfOurs(house);
    expect(known).toContain(before);
    house.world.store.settledRules = known.replace(before, shownRules(house));
    expect((await house.run()).changes).toEqual([]);
    await house.run([], true);
    expect(house.kernel.text()).toBe(text);
  });

  it("a rule that somebody deleted is put back where they needed no change before", async () => {
    const house = await started(RULED);
    await house.run();
    const text = house.kernel.text();
    deleteRuleOfOurs(house);
    expect((await house.run()).changes).toHaveLength(1);
    expect(house.kernel.text()).toBe(text);
    expect((await house.run()).changes).toEqual([]);
  });

  it("a new address gets its rule where they needed no change before", async () => {
    const house = await started(EDGE);
    await house.run();
    const event = house.happen({ kind: "address", line: 1, variant: 1 });
    const report = await house.run([event]);
    expect(report.changes.filter((line) => line.startsWith("ip rule add"))).toHaveLength(1);
    expect(report.errors).toEqual([]);
  });

  it("of many uplinks shows again only what was touched", async () => {
    const house = await started(MANY);
    const event = house.happen({ kind: "carrier-off", line: 0, variant: 0 });
    const report = await house.run([event]);
    expect(report.errors).toEqual([]);
    expect(report.lookSize).toBeGreaterThan(128 * 1024);
    const shows = house.world.commands.flatMap(
      ({ input = "" }) => input.match(/^route show table \d.*$/gm) ?? [],
    );
    expect(shows).toEqual(["route show table 87001 metric 4294967295", "route show table 87000 metric 256"]);
  });

  it("a route that the kernel refuses is reported, and tried again", async () => {
    const house = await started(EDGE);
    house.world.trouble = { at: 3, how: "fail-before" };
    const event = house.happen({ kind: "carrier-off", line: 0, variant: 0 });
    const report = await house.run([event]);
    expect(report.errors[0]).toContain("ended after 15 s");
    expect(report.errors[0]).toContain("ip -N -j");
    expect(report.state.errors.length).toBeGreaterThan(0);
    house.world.trouble = null;
    expect((await house.run()).errors).toEqual([]);
  });
});

describe("connections", () => {
  const connection = (mark: number, replyDestination: string) => ({
    family: 4 as const,
    mark,
    origDestination: "8.8.8.8",
    replyDestination,
  });

  it("of a dead uplink are let go after the switch, and only those", async () => {
    const house = await started(BALANCED);
    house.kernel.connections.push(
      connection(0x100, "192.168.1.5"),
      connection(0x200, "192.168.42.5"),
      connection(0, "10.0.0.1"),
    );
    await house.run([house.happen({ kind: "carrier-off", line: 1, variant: 0 })]);
    expect(house.kernel.connections.map(({ mark }) => mark)).toEqual([0x100, 0]);
    const { journal } = house.kernel;
    const released = journal.findIndex((line) => line.startsWith("conntrack"));
    expect(journal.slice(released).filter((line) => /route 4|nft/.test(line))).toEqual([]);
  });

  it("nobody is let go while a command of the switch failed", async () => {
    const house = await started(EDGE);
    house.kernel.connections.push(connection(0x100, "192.168.1.5"));
    const routing = 3;
    house.world.trouble = { at: routing, how: "fail-before" };
    await house.run([house.happen({ kind: "carrier-off", line: 0, variant: 0 })]);
    expect(house.kernel.connections).toHaveLength(1);
    house.world.trouble = null;
    await house.run();
    expect(house.kernel.connections).toHaveLength(0);
  });

  it("those of a metered line move back when the better tier returns", async () => {
    const house = await started(EDGE);
    await house.run([house.happen({ kind: "carrier-off", line: 0, variant: 0 })]);
    house.kernel.connections.push(connection(0x200, "192.168.42.5"));
    await house.run([house.happen({ kind: "carrier-on", line: 0, variant: 0 })]);
    expect(house.kernel.connections).toHaveLength(0);
  });
});

describe("the laptop", () => {
  it("is not switched to a cable whose gateway is silent, and asks again", async () => {
    const house = new House(LAPTOP);
    house.kernel.links.get("eth0")?.answers.clear();
    expect((await house.run()).state.choice).toEqual(["wifi"]);
    expect((await house.run()).state.choice).toEqual(["wifi"]);
    house.kernel.links.get("eth0")?.answers.add("192.168.1.1");
    expect((await house.run()).state.choice).toEqual(["cable"]);
  });

  it("forgets the old device's neighbours at a switch, and tells the LAN where both addresses are now", async () => {
    const house = await started(LAPTOP);
    await house.run([house.happen({ kind: "carrier-off", line: 0, variant: 0 })]);
    expect(house.world.commands.map(({ input }) => input)).toContain("neighbour flush dev eth0\n");
    expect(house.world.touched).toEqual([
      "192.168.1.20 -> 192.168.1.1",
      "192.168.1.20 -> 192.168.1.254",
      "192.168.1.30 -> 192.168.1.1",
      "192.168.1.30 -> 192.168.1.253",
    ]);
  });

  it("tells the LAN nothing of an address whose device still hears it", async () => {
    const house = await started(LAPTOP);
    await house.run([house.happen({ kind: "carrier-off", line: 0, variant: 0 })]);
    house.world.touched.splice(0);
    await house.run([house.happen({ kind: "carrier-on", line: 0, variant: 0 })]);
    expect(house.world.touched).toEqual(["192.168.1.20 -> 192.168.1.1", "192.168.1.20 -> 192.168.1.254"]);
  });

  it("with one address on both devices: what is bound to it goes by the cable too, whichever came first", async () => {
    const same = ["192.168.1.20/24", "192.168.1.21/24"] as const;
    const house = new House({ ...LAPTOP, lines: LAPTOP.lines.map((line) => ({ ...line, addresses: same })) });
    house.happen({ kind: "gone", line: 0, variant: 0 });
    await house.run();
    const event = house.happen({ kind: "recreate", line: 0, variant: 0 });
    house.kernel.links.get("eth0")?.answers.add("192.168.1.1");
    expect((await house.run([event])).state.choice).toEqual(["cable"]);
    expect(lookUp(house.kernel, { source: "192.168.1.20" }).route?.device).toBe("eth0");
  });
});

describe("source addresses that become many, and few again", () => {
  /** Of many beginnings, each on one of three lines. */
  const MORE = Array.from({ length: 15 }, (_, n) => ({
    device: ["eth0", "usb0", "ppp0"][n % 3] as string,
    local: `${[10, 44, 100, 172, 203][n % 5]}.${n}.0.9`,
  }));

  /** What leaves by another line than its own between any two commands of a run. */
  async function astray(house: House, all: readonly { device: string; local: string }[]): Promise<string[]> {
    const found: string[] = [];
    house.kernel.watch = (change) => {
      for (const { device, local } of all) {
        const by = lookUp(house.kernel, { source: local }).route?.device;
        if (by !== device) found.push(`${local} by ${by} after ${change}`);
      }
    };
    await house.run();
    house.kernel.watch = () => undefined;
    return found;
  }

  it("go by their own lines at every moment", async () => {
    const house = await started(EDGE);
    const own = [...house.kernel.links.values()].flatMap(({ name, addresses }) =>
      name === "lo" || name === "lan0" ? [] : addresses.map(({ local }) => ({ device: name, local })),
    );
    expect(own.length).toBeGreaterThan(2);
    for (const { device, local } of MORE) house.kernel.addAddress(device, `${local}/24`, null);
    const isGrouped = () => house.kernel.rules.some(({ priority }) => priority === 32618);
    expect(await astray(house, own)).toEqual([]);
    expect(isGrouped()).toBe(true);
    expect(await astray(house, [...own, ...MORE])).toEqual([]);
    for (const { device, local } of MORE.slice(0, 4)) house.kernel.removeAddress(device, local);
    expect(await astray(house, [...own, ...MORE.slice(4)])).toEqual([]);
    expect(isGrouped()).toBe(false);
  });
});

describe("chains that cannot be kept", () => {
  const address = (house: House) => house.kernel.text().match(/snat ip to [0-9.]+/g);

  it("are loaded whole the next time, also if what was kept before is wanted again", async () => {
    const house = await started(EDGE);
    const { world } = house;
    const first = address(house);
    const keepChains = world.keepChains.bind(world);
    Object.assign(world, {
      keepChains: () => {
        throw new Error("ENOSPC: no space left on device");
      },
    });
    const { errors } = await house.run([house.happen({ kind: "address", line: 2, variant: 1 })]);
    expect(errors.join()).toContain("ENOSPC");
    const second = address(house);
    expect(second).not.toEqual(first);
    Object.assign(world, { keepChains });
    await house.run([house.happen({ kind: "address", line: 2, variant: 0 })]);
    expect(address(house)).toEqual(first);
  });
});
