import { afterEach, describe, expect, it, vi } from "vitest";
import { routersGet, wantNode18 } from "../hooks/node18.ts";
import { factsOf, pppDown, pppUp } from "./harness/hooks.ts";
import { announce, homeServer } from "./harness/houses.ts";
import type { Isp } from "./harness/isp.ts";
import { flows, SERVER } from "./harness/peer.ts";
import type { Router } from "./harness/router.ts";

const MAIN = "198.51.100.10";
const P2P = "198.51.100.130";
const RENEWED = "198.51.100.140";
const USER = { user: "mldonkey" } as const;

const CONFIG = `
[uplink.main]
peer = "dsl-a"
tier = 1

[uplink.p2p]
peer = "dsl-b"
tier = 2

[[rule]]
name = "mule"
user = "mldonkey"
via = "p2p"
otherwise = "unreachable"
`;

/** The user's connections leave by the second line, all others by the first, each with its line's address. */
async function expectSplit(router: Router, isps: readonly [Isp, Isp], p2p: string): Promise<void> {
  await Promise.all(isps.map((isp) => isp.forget()));
  for (const proto of ["tcp", "udp"] as const) {
    expect(await flows(router, 3, { proto, ...USER })).toEqual({ by: { [p2p]: 3 }, failed: 0, why: "" });
    expect(await flows(router, 3, { proto })).toEqual({ by: { [MAIN]: 3 }, failed: 0, why: "" });
  }
  expect(await isps[0].foreign([MAIN])).toEqual([]);
  expect(await isps[1].foreign([p2p])).toEqual([]);
}

afterEach(() => {
  vi.unstubAllEnvs();
});

describe("with oldstable's node 18", () => {
  it("two lines to one provider work, and a reconnect with a new address", async (context) => {
    routersGet(wantNode18(context));
    const { router, isps, dial } = await homeServer();
    expect(await router.sh("node --version")).toMatch(/^v18\./);
    await router.apply(CONFIG);
    const [a, b] = [await dial(0, MAIN), await dial(1, P2P)];
    await announce(router, [a, b]);
    await expectSplit(router, isps, P2P);

    await b.drop();
    await pppDown(router, factsOf(b));
    expect(await flows(router, 2, { ...USER, wait: 1 })).toMatchObject({ failed: 2 });
    expect(await isps[0].foreign([MAIN])).toEqual([]);
    await b.redial(RENEWED);
    await pppUp(router, factsOf(b));
    await expectSplit(router, isps, RENEWED);
    expect((await router.kernel()).split("\n").filter((line) => line.includes(P2P))).toEqual([]);

    await a.hangUp();
    await pppDown(router, factsOf(a));
    expect(await flows(router, 3)).toMatchObject({ by: { [RENEWED]: 3 }, failed: 0 });
    await pppUp(router, factsOf(await dial(0, MAIN, { iface: "ppp5" })));
    await expectSplit(router, isps, RENEWED);
  });

  it("the command works: apply, status, explain, check, plan, stop", async (context) => {
    routersGet(wantNode18(context));
    const { router, dial } = await homeServer();
    await dial(0, MAIN);
    await dial(1, P2P);
    const untouched = await router.snapshot();
    expect(await router.apply(CONFIG)).toMatch(/^ip rule add/m);
    expect(await router.apply()).toMatch(/nothing to do/i);
    expect(await router.status()).toMatchObject({
      choice: ["main"],
      uplinks: [
        { name: "main", interface: "ppp0", state: "up", address: MAIN },
        { name: "p2p", interface: "ppp1", state: "up", address: P2P },
      ],
    });
    expect((await router.waymark(["explain", SERVER])).out).toMatch(/main/);
    expect((await router.waymark(["explain", SERVER, "--user", "mldonkey"])).out).toMatch(/p2p/);
    expect((await router.waymark(["check"])).code).toBe(0);
    expect((await router.waymark(["plan"])).err).toBe("");
    await router.config(`${CONFIG}\n[uplink.third]\ntire = 3\n`);
    const refused = await router.waymark(["apply"], false);
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(/tire.*tier/s);
    await router.config(CONFIG);
    await router.waymark(["stop"]);
    expect(await router.snapshot()).toBe(untouched);
  });
});
