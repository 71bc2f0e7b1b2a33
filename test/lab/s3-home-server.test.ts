import { describe, expect, it } from "vitest";
import { factsOf, pppDown, pppUp } from "./harness/hooks.ts";
import { announce, homeServer } from "./harness/houses.ts";
import type { Isp } from "./harness/isp.ts";
import { connect, flows, SERVER, serve } from "./harness/peer.ts";
import type { Router } from "./harness/router.ts";

const MAIN = "198.51.100.10";
const P2P = "198.51.100.130";
const USER = { user: "mldonkey" } as const;

const byInterface = `
[uplink.main]
interface = "ppp0"
tier = 1

[uplink.p2p]
interface = "ppp1"
tier = 2

[[rule]]
name = "mule"
user = "mldonkey"
via = "p2p"
otherwise = "unreachable"
`;

const byPeer = byInterface
  .replace('interface = "ppp0"', 'peer = "dsl-a"')
  .replace('interface = "ppp1"', 'peer = "dsl-b"');

/** The user's connections leave by `p2p`, everyone else's by `main`, over TCP and UDP, and no packet went astray. */
async function expectSplit(router: Router, isps: readonly [Isp, Isp], main = MAIN, p2p = P2P): Promise<void> {
  await Promise.all(isps.map((isp) => isp.forget()));
  for (const proto of ["tcp", "udp"] as const) {
    expect(await flows(router, 5, { proto, ...USER })).toEqual({ by: { [p2p]: 5 }, failed: 0, why: "" });
    expect(await flows(router, 5, { proto })).toEqual({ by: { [main]: 5 }, failed: 0, why: "" });
  }
  expect(await isps[0].foreign([main])).toEqual([]);
  expect(await isps[1].foreign([p2p])).toEqual([]);
}

/** Nothing of the kernel's names an address any more, but the lines that dump what the kernel itself made. */
async function expectForgotten(router: Router, address: string): Promise<void> {
  expect((await router.kernel()).split("\n").filter((line) => line.includes(address))).toEqual([]);
}

describe("a home server with two lines to one provider", () => {
  it("sends the user's traffic by its line from the first packet on, after the hooks", async () => {
    const { router, isps, dial } = await homeServer();
    await router.apply(byInterface);
    const lines = [await dial(0, MAIN), await dial(1, P2P)];
    await announce(router, lines);
    await expectSplit(router, isps);
    expect((await router.status()).choice).toEqual(["main"]);
  });

  it("does the same by apply alone, as at boot", async () => {
    const { router, isps, dial } = await homeServer();
    await dial(0, MAIN);
    await dial(1, P2P);
    await router.apply(byInterface);
    await expectSplit(router, isps);
  });

  it("answers those who connect to either address from it", async () => {
    const { lab, router, isps, dial } = await homeServer();
    const lines = [await dial(0, MAIN), await dial(1, P2P)];
    await router.apply(byInterface);
    await announce(router, lines);
    await serve(router, ["0.0.0.0"], 8000);
    await serve(router, [MAIN, P2P], 8001);
    for (const [which, address] of [MAIN, P2P].entries()) {
      const other = isps[which === 0 ? 1 : 0];
      await other?.forget();
      expect(await flows(lab.internet, 10, { to: address, port: 8000, from: SERVER })).toMatchObject({
        failed: 0,
      });
      expect(
        await flows(lab.internet, 10, { to: address, port: 8001, from: SERVER, proto: "udp" }),
      ).toMatchObject({
        failed: 0,
      });
      expect(await other?.seen()).toEqual([]);
    }
  });

  it("is all right again after a reconnect with a new address, and nothing stale is left", async () => {
    const { router, isps, dial } = await homeServer();
    await router.apply(byInterface);
    const [a, b] = [await dial(0, MAIN), await dial(1, P2P)];
    await announce(router, [a, b]);
    const open = await connect(router, { proto: "udp" });
    await open.say();

    await b.drop();
    await pppDown(router, factsOf(b));
    expect(await flows(router, 2, { ...USER, wait: 1 })).toMatchObject({ failed: 2 });
    expect(await isps[0].foreign([MAIN])).toEqual([]);
    await b.redial("198.51.100.140");
    await pppUp(router, factsOf(b));
    await expectSplit(router, isps, MAIN, "198.51.100.140");
    await expectForgotten(router, P2P);
    expect((await open.say()).peer).toBe(MAIN);

    // a new pppd, a new device of the same name, another address
    await a.hangUp();
    await pppDown(router, factsOf(a));
    const again = await dial(0, "198.51.100.20");
    await pppUp(router, factsOf(again));
    await expectSplit(router, isps, "198.51.100.20", "198.51.100.140");
    await expectForgotten(router, MAIN);
  });

  it("moves the others to the second line while the first is down, and back", async () => {
    const { router, isps, dial } = await homeServer();
    const [a, b] = [await dial(0, MAIN), await dial(1, P2P)];
    await router.apply(byInterface);
    await announce(router, [a, b]);
    await a.hangUp();
    expect(await flows(router, 5)).toMatchObject({ by: { [P2P]: 5 }, failed: 0 });
    await pppDown(router, factsOf(a));
    expect(await flows(router, 5)).toMatchObject({ by: { [P2P]: 5 }, failed: 0 });
    expect((await router.status()).choice).toEqual(["p2p"]);
    const again = await dial(0, MAIN);
    await pppUp(router, factsOf(again));
    await expectSplit(router, isps);
  });

  it("follows a peer to whatever pppN it has after the next dial", async () => {
    const { router, isps, dial } = await homeServer();
    await router.apply(byPeer);
    const [a, b] = [await dial(0, MAIN), await dial(1, P2P)];
    await announce(router, [a, b]);
    await expectSplit(router, isps);
    for (const line of [a, b]) {
      await line.hangUp();
      await pppDown(router, factsOf(line));
    }
    const b2 = await dial(1, P2P, { iface: "ppp0" });
    await pppUp(router, factsOf(b2));
    expect(await flows(router, 3, USER)).toMatchObject({ by: { [P2P]: 3 } });
    const a2 = await dial(0, MAIN, { iface: "ppp1" });
    await pppUp(router, factsOf(a2));
    await expectSplit(router, isps);
    expect((await router.uplink("main")).interface).toBe("ppp1");
  });

  it("finds again which pppN a peer has, when its own event was lost", async () => {
    const { router, isps, dial } = await homeServer();
    await router.apply(byPeer);
    const a = await dial(0, MAIN, { iface: "ppp5" });
    await dial(1, P2P, { iface: "ppp0" });
    await pppUp(router, factsOf(a));
    await expectSplit(router, isps);
  });

  it("is not misled by events that come late, twice, or about what is gone", async () => {
    const { router, isps, dial } = await homeServer();
    await router.apply(byInterface);
    const [a, b] = [await dial(0, MAIN), await dial(1, P2P)];
    await announce(router, [a, b]);
    const old = factsOf(b);
    await b.drop();
    await b.redial("198.51.100.140");
    await pppUp(router, factsOf(b));
    await pppDown(router, old); // the last session's ip-down, after the next ip-up
    await expectSplit(router, isps, MAIN, "198.51.100.140");
    await pppUp(router, factsOf(b));
    await pppUp(router, old); // arguments of a session that is over
    await expectSplit(router, isps, MAIN, "198.51.100.140");

    await b.hangUp();
    await pppUp(router, factsOf(b)); // ip-up, run when the interface is gone already
    await pppDown(router, factsOf(b));
    await pppDown(router, factsOf(b));
    expect((await router.uplink("p2p")).state).not.toBe("up");
    expect(await flows(router, 3)).toMatchObject({ by: { [MAIN]: 3 }, failed: 0 });
  });

  it("heals at the next event of any line, when a line changed without one", async () => {
    const { router, isps, dial } = await homeServer();
    await router.apply(byInterface);
    const [a, b] = [await dial(0, MAIN), await dial(1, P2P)];
    await announce(router, [a, b]);
    await b.die(); // kill -9: no ip-down, the pid files stay
    await dial(1, "198.51.100.150");
    await pppUp(router, factsOf(a));
    await expectSplit(router, isps, MAIN, "198.51.100.150");
    await expectForgotten(router, P2P);
  });

  it("lets nothing of the user's out elsewhere before its line was ever up", async () => {
    const { router, isps, dial } = await homeServer();
    const a = await dial(0, MAIN);
    await router.apply(byInterface);
    await pppUp(router, factsOf(a));
    for (const proto of ["tcp", "udp"] as const)
      expect(await flows(router, 3, { proto, ...USER, wait: 1 })).toMatchObject({ failed: 3 });
    expect(await isps[0].seen()).toEqual([]);
    expect(await flows(router, 3)).toMatchObject({ by: { [MAIN]: 3 }, failed: 0 });
    expect((await router.uplink("p2p")).state).toBe("absent");
  });
});
