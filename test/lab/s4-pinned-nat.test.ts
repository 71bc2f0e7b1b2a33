import { describe, expect, it } from "vitest";
import { factsOf, pppDown, pppUp } from "./harness/hooks.ts";
import { announce, lineAddress, type PinnedNat, pinnedNat } from "./harness/houses.ts";
import { watch } from "./harness/monitor.ts";
import { connect, flows, OTHERS, PORT, probes, SERVER, serve } from "./harness/peer.ts";

const NUMBERS = [0, 1, 2, 3, 4] as const;

/** Five uplinks l0 to l4 on ppp0 to ppp4, with a tier each and whatever else is wanted. */
function uplinks(tiers: readonly number[], extra = ""): string {
  const parts = tiers.map((tier, n) => `[uplink.l${n}]\ninterface = "ppp${n}"\ntier = ${tier}\n`);
  return `${parts.join("\n")}\n${extra}\n`;
}

/** One server address for each line: 203.0.113.81 by l0 and so on. */
const byDestination = NUMBERS.map((n) => `[[rule]]\ndestination = "${OTHERS[n]}"\nvia = "l${n}"\n`).join(
  "\n",
);

/** Every line carried packets with its own address only. */
async function expectNoForeign({ isps }: PinnedNat): Promise<void> {
  for (const [n, isp] of isps.entries()) expect(await isp.foreign([lineAddress(n)])).toEqual([]);
}

describe("a router with five lines", () => {
  it("keeps connections of the LAN and its own where they began, when the tiers change under them", async () => {
    const house = await pinnedNat();
    const { router, client, lines } = house;
    await router.apply(uplinks([1, 2, 3, 4, 5]));
    await announce(router, lines);
    const open = [];
    for (const machine of [client, router])
      for (const proto of ["tcp", "udp"] as const) open.push(await connect(machine, { proto }));
    for (const connection of open) expect((await connection.say()).peer).toBe(lineAddress(0));

    const orders = [
      [2, 1, 3, 4, 5],
      [5, 4, 3, 2, 1],
      [3, 3, 3, 3, 3],
    ];
    for (const tiers of orders) {
      await router.apply(uplinks(tiers));
      for (const connection of [...open, ...open]) expect((await connection.say()).peer).toBe(lineAddress(0));
    }

    await router.apply(uplinks([2, 1, 3, 4, 5]));
    for (const machine of [client, router])
      expect(await flows(machine, 5)).toEqual({ by: { [lineAddress(1)]: 5 }, failed: 0, why: "" });
    await expectNoForeign(house);
  });

  it("takes one line down and up again without a lost packet or an operation on the others", async () => {
    const house = await pinnedNat();
    const { router, client, lines, dial } = house;
    await router.apply(uplinks([1, 2, 3, 4, 5], byDestination));
    await announce(router, lines);
    const others = [0, 1, 3, 4];
    const running = [];
    for (const n of others) running.push(await probes(n % 2 ? router : client, "same", 5, OTHERS[n]));
    const changes = await watch(router);
    const third = lines[2];
    if (!third) throw new Error("no third line");
    await third.hangUp();
    await pppDown(router, factsOf(third));
    const again = await dial(2, "198.51.100.99");
    await pppUp(router, factsOf(again));
    await flows(client, 3, { to: OTHERS[2] as string });
    const told = await changes.stop();
    for (const probe of running) expect(await probe.stop()).toMatchObject({ lost: 0 });

    // the kernel tells of what it takes away with the device; nothing told may name another line
    expect(told.filter((line) => /\bppp[0134]\b|198\.51\.100\.1[0134]\b|\bl[0134]\b/.test(line))).toEqual([]);
    const marks = (await router.status()).uplinks.filter(({ name }) => name !== "l2");
    for (const { table } of marks)
      expect(told.filter((line) => new RegExp(`\\b(table|lookup) ${String(table)}\\b`).test(line))).toEqual(
        [],
      );
    expect(await flows(client, 3, { to: OTHERS[2] as string })).toMatchObject({ by: { "198.51.100.99": 3 } });
    for (const n of others) expect(await house.isps[n]?.foreign([lineAddress(n)])).toEqual([]);
    expect(await house.isps[2]?.foreign([lineAddress(2), "198.51.100.99"])).toEqual([]);
  });

  it("answers what was let in by someone else's DNAT on the line it came by", async () => {
    const { lab, router, client, isps, lines } = await pinnedNat();
    await router.apply(uplinks([1, 2, 3, 4, 5]));
    await announce(router, lines);
    await router.nft(`
      table ip portforward {
        chain forwarded {
          type nat hook prerouting priority dstnat; policy accept;
          iifname "ppp*" meta l4proto { tcp, udp } th dport 8080 dnat to 10.0.0.50:${PORT}
        }
      }`);
    await serve(client, ["10.0.0.50"]);
    for (const n of [0, 2, 4])
      for (const proto of ["tcp", "udp"] as const) {
        const answer = await flows(lab.internet, 5, { to: lineAddress(n), port: 8080, from: SERVER, proto });
        expect(answer).toMatchObject({ by: { [SERVER]: 5 }, failed: 0 });
        for (const [other, isp] of isps.entries()) if (other !== n) expect(await isp.seen()).toEqual([]);
        await Promise.all(isps.map((isp) => isp.forget()));
      }
  });

  it("keeps inbound connections where they came in when that line is no longer the choice", async () => {
    const { lab, router, lines } = await pinnedNat();
    await router.apply(uplinks([1, 2, 3, 4, 5]));
    await announce(router, lines);
    await serve(router, ["0.0.0.0"], 8000);
    const open = await connect(lab.internet, { to: lineAddress(3), port: 8000, from: SERVER });
    await open.say();
    await router.apply(uplinks([5, 4, 3, 2, 1]));
    expect((await open.say()).peer).toBe(SERVER);
    await router.apply(uplinks([1, 2, 3, 4, 5]));
    expect((await open.say()).peer).toBe(SERVER);
  });

  it("lets others' bits of packet mark and connection mark through", async () => {
    const house = await pinnedNat();
    const { router, client, lines } = house;
    await router.nft(`
      table inet neighbour {
        counter lan_kept { }
        counter lan_lost { }
        chain colour {
          type filter hook prerouting priority -290; policy accept;
          iifname "eth0" meta mark set meta mark | 0x1
        }
        chain connection {
          type filter hook prerouting priority -160; policy accept;
          iifname "eth0" ct state new ct mark set ct mark | 0x4
        }
        chain check {
          type filter hook postrouting priority 400; policy accept;
          oifname "ppp*" iifname "eth0" meta mark & 0x1 == 0x1 ct mark & 0x4 == 0x4 counter name lan_kept
          oifname "ppp*" iifname "eth0" meta mark & 0x1 != 0x1 counter name lan_lost
          oifname "ppp*" iifname "eth0" ct mark & 0x4 != 0x4 counter name lan_lost
        }
      }`);
    await router.apply(uplinks([1, 1, 2, 2, 3], byDestination));
    await announce(router, lines);
    const open = await connect(client);
    for (let i = 0; i < 5; i++) await open.say();
    for (const to of OTHERS.slice(0, 5)) expect(await flows(client, 3, { to })).toMatchObject({ failed: 0 });
    expect(await router.sh("nft list counter inet neighbour lan_lost")).toMatch(/packets 0 /);
    expect(await router.sh("nft list counter inet neighbour lan_kept")).not.toMatch(/packets 0 /);
    await expectNoForeign(house);
  });

  it("keeps a local socket's foreign mark bit for bit, though it overlaps the mask", async () => {
    const house = await pinnedNat();
    const { router, lines } = house;
    await router.nft(`
      table inet neighbour {
        counter exact { }
        counter other { }
        chain check {
          type filter hook postrouting priority 400; policy accept;
          oifname "ppp*" meta mark 0xca6c counter name exact
          oifname "ppp*" ip daddr ${OTHERS[5]} meta mark != 0xca6c counter name other
        }
      }`);
    await router.apply(uplinks([1, 1, 2, 2, 3]));
    await announce(router, lines);
    for (const proto of ["tcp", "udp"] as const) {
      const open = await connect(router, { proto, to: OTHERS[5] as string, mark: "0xca6c" });
      for (let i = 0; i < 5; i++) await open.say();
      await open.close();
    }
    expect(await router.sh("nft list counter inet neighbour other")).toMatch(/packets 0 /);
    expect(await router.sh("nft list counter inet neighbour exact")).not.toMatch(/packets 0 /);
    await expectNoForeign(house);
  });

  it("sends destination prefixes, from the file and from a list, by their lines over a reconnect", async () => {
    const house = await pinnedNat();
    const { router, client, lines, dial } = house;
    await router.write(
      "/etc/waymark/far.txt",
      `# the far shore\n${OTHERS[0]}/32\n203.0.113.82/31  # two of them\n`,
    );
    await router.apply(
      uplinks(
        [1, 2, 3, 4, 5],
        `[[rule]]\ndestination_file = "/etc/waymark/far.txt"\nvia = ["l3", "l4"]\n
         [[rule]]\ndestination = ["${OTHERS[3]}", "203.0.113.192/26"]\nvia = "l2"\notherwise = "unreachable"\n`,
      ),
    );
    await announce(router, lines);
    const goes = async (to: string | undefined, n: number) => {
      for (const machine of [client, router])
        expect(await flows(machine, 2, { to: String(to) })).toEqual({
          by: { [lineAddress(n)]: 2 },
          failed: 0,
          why: "",
        });
    };
    const all = async (file: number, list: number) => {
      for (const to of OTHERS.slice(0, 3)) await goes(to, file);
      for (const to of [OTHERS[3], OTHERS[5]]) await goes(to, list);
      await goes(SERVER, 0);
    };
    await all(3, 2);
    const line = lines[3];
    if (!line) throw new Error("no line 3");
    await line.hangUp();
    await pppDown(router, factsOf(line));
    await all(4, 2);
    await pppUp(router, factsOf(await dial(3)));
    await all(3, 2);
    await expectNoForeign(house);
  });

  it("releases the connections of a line that died, after the switch, and only those", async () => {
    const house = await pinnedNat();
    const { router, client, lines } = house;
    await router.apply(uplinks([1, 2, 3, 4, 5], byDestination));
    await announce(router, lines);
    const doomed = await connect(client, { proto: "udp" });
    const spared = await connect(client, { to: OTHERS[4] as string });
    expect((await doomed.say()).peer).toBe(lineAddress(0));
    expect((await spared.say()).peer).toBe(lineAddress(4));
    const first = lines[0];
    if (!first) throw new Error("no line 0");
    await first.hangUp();
    await pppDown(router, factsOf(first));
    expect((await doomed.say()).peer).toBe(lineAddress(1));
    expect((await spared.say()).peer).toBe(lineAddress(4));
    await expectNoForeign(house);
  });
});
