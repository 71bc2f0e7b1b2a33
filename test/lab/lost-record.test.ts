import { describe, expect, it } from "vitest";
import { factsOf, ifupdown, pppUp } from "./harness/hooks.ts";
import { EDGE, edgeRouter, homeServer } from "./harness/houses.ts";
import { flows, OTHERS } from "./harness/peer.ts";

const EDGE_CONFIG = `
[uplink.adsl]
interface = "eth0"
gateway = "192.168.1.1"
tier = 1
nat = "none"
lan = true

[uplink.lte]
interface = "usb0"
gateway = "192.168.42.129"
tier = 2

[router]
forward = true
`;

describe("a record that was damaged", () => {
  it.each(["", "{", "[]", "7", '"x"', '{"version":1}', '{"version":2}', '{"version":1,"uplinks":7}'])(
    "heals with the next run, and stop still knows how all was: %j",
    async (damage) => {
      const { router } = await edgeRouter();
      const before = await router.kernel();
      await router.apply(EDGE_CONFIG);
      const settled = await router.kernel();
      await router.exec(["sh", "-c", 'printf %s "$1" >/run/waymark/state.json', "sh", damage]);
      await router.status();
      await ifupdown(router, "usb0", "start");
      await router.apply();
      expect(await router.kernel()).toBe(settled);
      await router.exec(["sh", "-c", 'printf %s "$1" >/run/waymark/state.json', "sh", damage]);
      await router.waymark(["stop"]);
      expect(await router.kernel()).toBe(before);
    },
  );

  it("of what had nothing to do harms no caller", async () => {
    const { router } = await edgeRouter();
    await router.apply(EDGE_CONFIG);
    await ifupdown(router, "usb0", "start");
    for (const damage of ['case $event in\n"', "}", "$(", "\u0001\u0002"]) {
      await router.exec(["sh", "-c", 'printf %s "$1" >/run/waymark/calm', "sh", damage]);
      const { code, out, err } = await ifupdown(router, "usb0", "start");
      expect([code, out, err], damage).toEqual([0, "", ""]);
    }
  });
});

describe("a destination that main leads elsewhere", () => {
  it("is never led by the choice, while Waymark comes, mends and goes", async () => {
    const { router, guest, adsl, lte } = await edgeRouter();
    const [target] = OTHERS;
    await router.sh(`ip route add ${target}/32 via 192.168.42.129 dev usb0`);
    await router.apply(EDGE_CONFIG);
    expect(await flows(guest, 3, { to: target as string })).toEqual({
      by: { [EDGE.lte]: 3 },
      failed: 0,
      why: "",
    });
    for (const isp of [adsl, lte]) await isp.forget();
    const flood = router.spawn(["sh", "-c", `while :; do ping -c 200 -i 0.002 -q ${target}; done`]);
    for (let round = 0; round < 3; round++) {
      await router.waymark(["stop"]);
      await router.apply();
      // In this order: who takes away the first alone, leads astray what it led (as does `ip rule flush`, for a moment).
      await router.sh("ip rule del pref 32765; ip rule del pref 32600; ip rule del pref 30001");
      await router.apply();
    }
    await flood.kill();
    const to = (seen: readonly { readonly to: string }[]) => seen.filter((one) => one.to === target).length;
    expect(to(await lte.seen())).toBeGreaterThan(0);
    expect(to(await adsl.seen())).toBe(0);
  });
});

describe("a session on the device that another uplink is written with", () => {
  it("has it, and nothing leaves untranslated", async () => {
    const { router, isps, dial } = await homeServer();
    const line = await dial(0, "198.51.100.10");
    await router.apply(`
[uplink.gsm]
interface = "ppp0"

[uplink.isp]
peer = "dsl-a"
tier = 2
`);
    await pppUp(router, factsOf(line));
    const { uplinks, choice } = await router.status();
    expect(choice).toEqual(["isp"]);
    expect(uplinks[0]).toMatchObject({ state: "down", reason: "ppp0 is the line of [uplink.isp] now" });
    expect(await flows(router, 3)).toMatchObject({ by: { [line.local]: 3 }, failed: 0 });
    expect(await isps[0].foreign([line.local])).toEqual([]);
    expect((await router.waymark(["apply"])).out).toContain("nothing to do");
  });
});

describe("what cannot be read or written", () => {
  it.each([
    ["a directory", "rm /etc/waymark/waymark.toml; mkdir /etc/waymark/waymark.toml"],
    ["a pipe", "rm /etc/waymark/waymark.toml; mkfifo /etc/waymark/waymark.toml"],
  ])("a configuration that is %s leaves the last good one in force, and is named", async (_, make) => {
    const { router } = await edgeRouter();
    await router.apply(EDGE_CONFIG);
    const settled = await router.kernel();
    await router.sh(make);
    for (const verb of ["check", "apply"]) {
      const { code, err } = await router.waymark([verb], false);
      expect([code, err]).toEqual([
        1,
        expect.stringContaining("waymark.toml: cannot be read: it is not a regular file"),
      ]);
    }
    await ifupdown(router, "usb0", "start");
    const { choice, config } = await router.status();
    expect([choice, config.error]).toEqual([
      ["adsl"],
      expect.stringContaining("waymark.toml: cannot be read"),
    ]);
    expect(await router.kernel()).toBe(settled);
  });

  it("a full device on stdout is said in one line", async () => {
    const { router } = await edgeRouter();
    await router.config(EDGE_CONFIG);
    const { code, err } = await router.exec(["sh", "-c", "waymark apply >/dev/full"], { reject: false });
    expect([code, err]).toEqual([1, "waymark: cannot write: ENOSPC: no space left on device, write"]);
  });
});

describe("a switch by hand while Waymark is stopped", () => {
  it("is noted, changes nothing, and is in force with the next apply", async () => {
    const { router } = await edgeRouter();
    await router.apply(EDGE_CONFIG);
    await router.waymark(["stop"]);
    const before = await router.kernel();
    expect((await router.waymark(["disable", "adsl"])).out).toContain("noted");
    await ifupdown(router, "usb0", "start");
    expect(await router.kernel()).toBe(before);
    await router.apply();
    expect((await router.status()).choice).toEqual(["lte"]);
  });
});
