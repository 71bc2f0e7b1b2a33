import { describe, expect, it } from "vitest";
import { ifplugd, nm } from "./harness/hooks.ts";
import { flows } from "./harness/peer.ts";
import type { Router } from "./harness/router.ts";
import {
  A,
  A4,
  B,
  B4,
  cable,
  give6,
  type House,
  house,
  SERVER,
  sources,
  TALK,
  type Talk,
  talk,
  thrice,
} from "./ipv6-house.ts";

const CONFIG = `
[uplink.a]
interface = "eth1"
tier = 1

[uplink.b]
interface = "eth2"
tier = 2
`;

const STRICT = `
[[rule]]
user = "mldonkey"
via = "b"
otherwise = "unreachable"
`;

/** New connections over TCP and UDP leave by the line with this address; nobody saw anything foreign. */
async function expectBy({ router, a, b }: House, address: string, options: Talk = {}): Promise<void> {
  await Promise.all([sources(a), sources(b)]);
  for (const proto of ["tcp", "udp"] as const)
    expect(await talk(router, { ...options, proto }), proto).toEqual(thrice(address));
  expect({ a: await sources(a), b: await sources(b) }).toEqual({
    a: address === A ? [A] : [],
    b: address === B ? [B] : [],
  });
}

/** IPv6 routes of an uplink's own table. */
async function tableOf(router: Router, name: string): Promise<string[]> {
  const { table } = await router.uplink(name);
  const routes = await router.sh(`ip -N -6 route show table ${String(table)} 2>/dev/null || true`);
  return routes.split("\n").filter((line) => line !== "");
}

const rules6 = (router: Router) => router.sh("ip -N -6 rule");
const routes6 = (router: Router) => router.sh("ip -N -6 route show table all proto 87");

describe("two lines with IPv6, their gateways known by their link-local addresses", () => {
  it("are chosen by tier, and each address leaves by its own line", async () => {
    const both = await house({ a6: true, b6: true });
    const { router } = both;
    await router.apply(CONFIG);
    expect(await router.status()).toMatchObject({
      choice: ["a"],
      uplinks: [
        { name: "a", state: "up", address6: A, gateway6: "fe80::1" },
        { name: "b", state: "up", address6: B, gateway6: "fe80::1" },
      ],
    });
    await expectBy(both, A);
    await expectBy(both, B, { from: B });
    await expectBy(both, A, { from: A });
    await router.apply(CONFIG.replace("tier = 1", "tier = 3"));
    await expectBy(both, B);
    await expectBy(both, A, { from: A });
    const { out } = await router.waymark(["explain", SERVER]);
    expect(out).toMatch(new RegExp(`^${SERVER} leaves by b \\(eth2\\) from ${B}:.*the kernel agrees`, "s"));
    expect(await router.apply()).toMatch(/nothing to do/i);
  });

  it("stand in for each other when a carrier is lost, before any process runs", async () => {
    const both = await house({ a6: true, b6: true });
    const { router, a, b } = both;
    await router.apply(CONFIG);
    const before = await router.kernel();
    await expectBy(both, A);
    const chosenByA = /^default.* dev eth1 table 87000\b/m;
    expect(await routes6(router)).toMatch(chosenByA);

    await cable(router, a, "eth1", "down");
    await expectBy(both, B);
    for (const proto of ["tcp", "udp"] as const) await talk(router, { proto, from: A });
    expect((await sources(b)).filter((address) => address !== B)).toEqual([]);

    await ifplugd(router, "eth1", "down");
    expect(await router.uplink("a")).toMatchObject({ state: "down", chosen: false });
    expect(await routes6(router)).not.toMatch(chosenByA);
    expect(await tableOf(router, "a")).toContainEqual(expect.stringMatching(/^(unreachable|7) default/));
    await expectBy(both, B);
    expect(await talk(router, { proto: "udp", from: A })).toEqual(thrice("fail"));
    expect(await sources(b)).toEqual([]);

    await cable(router, a, "eth1", "up");
    await ifplugd(router, "eth1", "up");
    await expectBy(both, A);
    await expectBy(both, B, { from: B });
    expect(await router.kernel()).toBe(before);
  });

  it("answer who connects to an address from that address, whichever is chosen", async () => {
    const { lab, router, a, b } = await house({ a6: true, b6: true });
    const before = await router.snapshot();
    await router.apply(CONFIG);
    for (const [address, bind] of [
      [B, "::"],
      [A, "::"],
      [B, B],
    ] as const) {
      const server = router.spawn(["perl", "-e", TALK, "serve", bind]);
      await server.line(/^ready/);
      for (const proto of bind === "::" ? (["tcp"] as const) : (["tcp", "udp"] as const)) {
        await Promise.all([sources(a), sources(b)]);
        expect(await talk(lab.internet, { proto, to: address, from: SERVER })).toEqual(thrice(SERVER));
        const title = `${proto} to ${address} at ${bind}`;
        expect(await sources(address === A ? a : b), title).toEqual([address]);
        expect(await sources(address === A ? b : a), title).toEqual([]);
      }
      await server.kill("SIGKILL");
    }
    await router.waymark(["stop"]);
    expect(await router.snapshot()).toBe(before);
  });
});

describe("a line without IPv6", () => {
  it("is chosen for IPv4 only, and gets no half of an IPv6", async () => {
    const mixed = await house({ a6: false, b6: true });
    const { router, b } = mixed;
    await router.apply(CONFIG);
    expect((await router.status()).choice).toEqual(["a"]);
    expect(await flows(router, 3)).toMatchObject({ by: { [A4]: 3 }, failed: 0 });
    await expectBy(mixed, B);
    // the guard alone: what is pinned to this line or has its address must not leave by another
    expect(await tableOf(router, "a")).toEqual([expect.stringMatching(/^(unreachable|7) default/)]);
    expect((await routes6(router)).match(/.*\beth1\b.*/g)).toBeNull();
    const fromA = /from [0-9a-f]*:\S* lookup 87001\b/;
    expect(await rules6(router)).not.toMatch(fromA);

    await give6(router, "eth1", A, "ra");
    await nm(router, "eth1", "dhcp6-change");
    await expectBy(mixed, A);
    await expectBy(mixed, B, { from: B });
    expect(await rules6(router)).toMatch(fromA);
    expect(await tableOf(router, "a")).toHaveLength(2);
    await router.sh(`ip addr del ${A}/64 dev eth1; ip -6 route del default via fe80::1 dev eth1`);
    await nm(router, "eth1", "dhcp6-change");
    await expectBy(mixed, B);
    expect(await tableOf(router, "a")).toEqual([expect.stringMatching(/^(unreachable|7) default/)]);

    await cable(router, b, "eth2", "down");
    await ifplugd(router, "eth2", "down");
    expect(await talk(router)).toEqual(thrice("fail"));
    expect(await flows(router, 3)).toMatchObject({ by: { [A4]: 3 }, failed: 0 });
  });

  it("leaves the machine's IPv6 as it is while no other has it", async () => {
    const { router, a, b } = await house({ a6: false, b6: false });
    const [rules, routes] = [await rules6(router), await router.sh("ip -6 route show table all")];
    await router.apply(CONFIG);
    const untouched = async () => {
      expect(await rules6(router)).toBe(rules);
      expect(await routes6(router)).toBe("");
    };
    await untouched();
    expect(await router.sh("ip -6 route show table all")).toBe(routes);
    await cable(router, a, "eth1", "down");
    await ifplugd(router, "eth1", "down");
    await untouched();
    expect(await flows(router, 3)).toMatchObject({ by: { [B4]: 3 }, failed: 0 });
    expect(await talk(router)).toEqual(thrice("fail"));
    expect([await sources(a), await sources(b)]).toEqual([[], []]);
  });
});

describe("a rule that forbids every other way", () => {
  it("holds in IPv6 too", async () => {
    const both = await house({ a6: true, b6: true });
    const { router, a, b } = both;
    await router.apply(CONFIG + STRICT);
    await expectBy(both, B, { user: "mldonkey" });
    await expectBy(both, A);

    await cable(router, b, "eth2", "down");
    const expectNone = async () => {
      await sources(a);
      for (const proto of ["tcp", "udp"] as const)
        expect(await talk(router, { proto, user: "mldonkey" })).toEqual(thrice("fail"));
      expect([await sources(a), await sources(b)]).toEqual([[], []]);
      await expectBy(both, A);
    };
    await expectNone();
    await ifplugd(router, "eth2", "down");
    await expectNone();
    await cable(router, b, "eth2", "up");
    await ifplugd(router, "eth2", "up");
    await expectBy(both, B, { user: "mldonkey" });
  });

  it("holds where its line has no IPv6 at all", async () => {
    const mixed = await house({ a6: true, b6: false });
    const { router, a } = mixed;
    await router.apply(CONFIG + STRICT);
    expect(await flows(router, 3, { user: "mldonkey" })).toMatchObject({ by: { [B4]: 3 }, failed: 0 });
    for (const proto of ["tcp", "udp"] as const)
      expect(await talk(router, { proto, user: "mldonkey" })).toEqual(thrice("fail"));
    expect(await sources(a)).toEqual([]);
    await expectBy(mixed, A);
  });
});
