import { describe, expect, it } from "vitest";
import { factsOf, pppDown, pppUp } from "./harness/hooks.ts";
import { announce, lineAddress, pinnedNat } from "./harness/houses.ts";
import { watch } from "./harness/monitor.ts";
import { flows } from "./harness/peer.ts";

const CONFIG = `
[uplink.l0]
interface = "ppp0"

[uplink.l1]
interface = "ppp1"
tier = 2
`;

async function settled() {
  const house = await pinnedNat(2);
  await house.router.apply(CONFIG);
  await announce(house.router, house.lines);
  const [first] = house.lines;
  if (!first) throw new Error("no line");
  return { ...house, first };
}

describe("nothing to do", () => {
  it("means no change at all: apply again, events again, every reading verb", async () => {
    const { router, lines } = await settled();
    await router.apply();
    const changes = await watch(router);
    await router.apply();
    await announce(router, lines);
    for (const verb of [["status"], ["plan"], ["check"], ["doctor"], ["events"], ["explain", "203.0.113.80"]])
      await router.waymark(verb, false);
    expect(await changes.stop()).toEqual([]);
    expect((await router.waymark(["plan"])).out.replace(/^#.*\n?/gm, "").trim()).toBe("");
  });
});

describe("a bad configuration", () => {
  const BAD = `${CONFIG}teir = 3\n\n[uplink.l2]\ninterface = "ppp0"\ntier = "one"\n\n[[rule]]\nvia = "nowhere"\n`;

  it("changes nothing, names every mistake with its place, and leaves the last good one in force", async () => {
    const { router, first, client } = await settled();
    const before = await router.kernel();
    await router.config(BAD);
    const { code, err } = await router.waymark(["apply"], false);
    expect(code).toBe(1);
    for (const part of [/waymark\.toml:8:/, /teir/, /tier/, /ppp0/, /nowhere/]) expect(err).toMatch(part);
    expect(await router.kernel()).toBe(before);
    expect((await router.waymark(["check"], false)).code).toBe(1);
    expect((await router.status()).config.error).not.toBeNull();
    await pppUp(router, factsOf(first));
    expect(await router.kernel()).toBe(before);
    await first.drop();
    await pppDown(router, factsOf(first));
    expect(await flows(client, 3)).toMatchObject({ by: { [lineAddress(1)]: 3 }, failed: 0 });
    await first.redial(lineAddress(0));
    await pppUp(router, factsOf(first));
    expect(await router.kernel()).toBe(before);

    await router.sh("rm /etc/waymark/waymark.toml");
    expect((await router.waymark(["apply"], false)).code).toBe(1);
    await pppUp(router, factsOf(first));
    expect(await router.kernel()).toBe(before);
    await router.apply(CONFIG);
    expect(await router.kernel()).toBe(before);
    expect((await router.status()).config.error).toBeNull();
  });

  it("does nothing where none was ever good", async () => {
    const { router, lines } = await pinnedNat(2);
    const before = await router.snapshot();
    await announce(router, lines);
    await router.config(BAD);
    await announce(router, lines);
    expect((await router.waymark(["apply"], false)).code).toBe(1);
    expect(await router.snapshot()).toBe(before);
  });
});

describe("a machine that is half broken", () => {
  const TROUBLES = [
    ["no nft", "mount --bind /dev/null /usr/sbin/nft", "umount /usr/sbin/nft"],
    ["no ip", "mount --bind /dev/null /usr/sbin/ip; mount --bind /dev/null /bin/ip 2>/dev/null || true", ""],
    ["no conntrack", "mount --bind /dev/null /usr/sbin/conntrack", "umount /usr/sbin/conntrack"],
    [
      "no node",
      `mount --bind /dev/null "$(readlink -f /usr/bin/node)"`,
      `umount "$(readlink -f /usr/bin/node)"`,
    ],
    ["a read-only /run", "mount -o remount,ro /run", "mount -o remount,rw /run"],
    ["a read-only /var", "mount -o remount,bind,ro /var", "mount -o remount,bind,rw /var"],
    ["a read-only /etc", "mount -o remount,bind,ro /etc", "mount -o remount,bind,rw /etc"],
  ] as const;

  it.each(TROUBLES)("does not fail the hooks' callers: %s", async (_, breakIt, mend) => {
    const { router, first, client } = await settled();
    await first.drop();
    await router.sh(breakIt);
    await pppDown(router, factsOf(first));
    await pppUp(router, factsOf(first));
    if (!mend) return; // without ip the lab itself can do nothing more
    await router.sh(mend);
    await first.redial(lineAddress(0));
    await pppUp(router, factsOf(first));
    expect(await flows(client, 3)).toMatchObject({ by: { [lineAddress(0)]: 3 }, failed: 0 });
    expect((await router.status()).choice).toEqual(["l0"]);
  });
});
