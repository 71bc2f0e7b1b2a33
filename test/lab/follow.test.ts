import { describe, expect, it } from "vitest";
import { bundled } from "./drivers/bundle.ts";
import { Lab } from "./harness/lab.ts";
import type { Background } from "./harness/machine.ts";
import type { Router } from "./harness/router.ts";
import { until } from "./harness/wait.ts";

interface Heard {
  readonly look?: readonly string[];
  readonly devices?: readonly string[];
  readonly late?: number;
  readonly say?: string;
  readonly paths?: boolean;
  readonly ready?: boolean;
  readonly cpu?: { readonly user: number; readonly system: number };
}

/** A router with two cables, nothing of Waymark's, and a follower in it. */
class Following {
  readonly router: Router;
  readonly #program: Background;

  private constructor(router: Router, program: Background) {
    this.router = router;
    this.#program = program;
  }

  static async begin(prepare = "true"): Promise<Following> {
    const lab = await Lab.open();
    const router = await lab.router({ bare: true });
    const far = await lab.machine("far");
    await lab.wire(router, "eth1", far, "far1");
    await lab.wire(router, "other0", far, "far2");
    await router.sh(`ip addr add 192.0.2.5/24 dev eth1; ${prepare}`);
    const following = await Following.within(router);
    await following.quiet();
    return following;
  }

  static async within(router: Router, args: readonly string[] = []): Promise<Following> {
    await router.write("/srv/lab/follow.cjs", await bundled("follow"));
    const following = new Following(router, router.spawn(["node", "/srv/lab/follow.cjs", ...args]));
    await following.heard("that it listens", ({ ready }) => ready === true);
    return following;
  }

  get all(): Heard[] {
    return this.#program.lines.map((line) => JSON.parse(line) as Heard);
  }

  /** What the looks were for, from a mark on. */
  causes(from: number): string[] {
    return this.all.slice(from).flatMap(({ look }) => look?.join("+") ?? []);
  }

  async heard(what: string, fits: (heard: Heard) => boolean, from = 0): Promise<Heard> {
    return until(what, async () => this.all.slice(from).find(fits), 20_000);
  }

  async look(cause: string, from: number): Promise<Heard> {
    return this.heard(`a look for ${cause}`, ({ look }) => look?.includes(cause) === true, from);
  }

  /** Waits until nothing more comes; gives the mark behind all. */
  async quiet(): Promise<number> {
    let before = -1;
    await until("silence", async () => {
      const now = this.all.length;
      const same = now === before;
      before = now;
      await new Promise((resolve) => setTimeout(resolve, 300));
      return same;
    });
    return this.all.length;
  }

  say(line: string): void {
    this.#program.say(line);
  }

  /** Process ids of the monitors. */
  async monitors(): Promise<Record<string, number>> {
    const { out } = await this.router.exec(
      ["pgrep", "--ns", String(this.router.pid), "--nslist", "net", "-af", "^(ip|nft) .*monitor"],
      { reject: false },
    );
    const lines = out.split("\n").filter((line) => line !== "");
    return Object.fromEntries(lines.map((line) => [line.split(" ")[1] ?? "", Number(line.split(" ")[0])]));
  }

  async finish(): Promise<void> {
    await this.#program.finish();
  }

  async kill(): Promise<void> {
    await this.#program.kill("SIGKILL");
  }
}

const TABLE =
  "nft add table inet waymark; nft add chain inet waymark probe; nft add rule inet waymark probe counter";

describe("what wakes it", () => {
  it.each([
    ["a carrier", "link", "ip link set eth1 down"],
    ["an address", "address", "ip addr add 192.0.2.6/24 dev eth1"],
    ["a default route of main", "default", "ip route add default via 192.0.2.1"],
    ["a route in a table of ours", "route", "ip route add default via 192.0.2.1 table 87001 proto 87"],
    [
      "its end",
      "route",
      "ip route flush table 87005",
      "ip route add unreachable default table 87005 proto 87",
    ],
    ["a rule of ours", "rule", "ip rule add priority 30001 lookup main suppress_prefixlength 0 protocol 87"],
    [
      "ip rule flush",
      "rule",
      "ip rule flush",
      "ip rule add priority 30001 lookup main suppress_prefixlength 0 protocol 87",
    ],
    ["nft flush ruleset", "filter", "nft flush ruleset", TABLE],
    ["one rule less in our table", "filter", "nft flush chain inet waymark probe", TABLE],
  ])("%s", async (_, cause, change, before = "true") => {
    const following = await Following.begin(before);
    const mark = following.all.length;
    await following.router.sh(change);
    await following.look(cause, mark);
  });

  it("not what concerns nobody: other devices, other tables, other people's filters", async () => {
    const following = await Following.begin();
    const mark = following.all.length;
    await following.router.sh(`
      ip link set other0 down; ip link set other0 up; ip addr add 198.51.100.1/24 dev other0
      ip route add 10.0.0.0/8 via 192.0.2.1 table 5000; ip route add 10.1.0.0/16 via 192.0.2.1
      ip rule add priority 100 from 10.9.0.0/16 lookup 5000
      nft add table inet waymark2; nft add table ip waymark; nft delete table inet waymark2`);
    await following.heard("that paths changed", ({ paths }) => paths === true, mark);
    await following.quiet();
    expect(following.causes(mark)).toEqual([]);
  });

  it("a device that was renamed, by its new name", async () => {
    const following = await Following.begin();
    await following.router.sh("ip link set other0 down; ip link set other0 name lan0; ip link set lan0 up");
    const mark = await following.quiet();
    await following.router.sh("ip addr add 198.51.100.1/24 dev lan0");
    expect((await following.look("address", mark)).devices).toEqual(["lan0"]);
  });
});

it("many changes at once are few looks", async () => {
  const following = await Following.begin();
  const mark = following.all.length;
  const lines = Array.from(
    { length: 500 },
    (_, i) => `route add 10.0.${i >> 8}.${i & 255} via 192.0.2.1 table 87001`,
  );
  await following.router.exec(["ip", "-batch", "-"], { input: `${lines.join("\n")}\n` });
  await following.look("route", mark);
  await following.quiet();
  expect(following.causes(mark).length).toBeLessThanOrEqual(20);
});

describe("a monitor that ends", () => {
  it.each(["ip", "nft"])("%s is started again, and what was missed meanwhile is looked at", async (name) => {
    const following = await Following.begin();
    const before = await following.monitors();
    const mark = following.all.length;
    await following.router.sh(`kill -9 ${before[name]}`);
    await following.look("listening", mark);
    expect((await following.monitors())[name]).not.toBe(before[name]);
    const again = await following.quiet();
    await following.router.sh(`ip route add default via 192.0.2.1 table 87001; ${TABLE}`);
    await following.look(name === "ip" ? "route" : "filter", again);
  });

  it("none is left behind, in peace or by a murder", async () => {
    const following = await Following.begin();
    expect(Object.keys(await following.monitors()).sort()).toEqual(["ip", "nft"]);
    await following.finish();
    expect(await following.monitors()).toEqual({});
    const other = await Following.begin();
    await other.kill();
    await until("no monitor", async () => Object.keys(await other.monitors()).length === 0);
  });
});

it("a monitor that would hold a copy of a huge list is ended, and the filter asked instead", async () => {
  const addresses = Array.from({ length: 65_536 }, (_, i) => `10.0.${i >> 8}.${i & 255}`);
  const lab = await Lab.open();
  const router = await lab.router({ bare: true });
  await router.nft(
    `table inet blocklist {\n set bad {\n type ipv4_addr\n elements = { ${addresses.join(", ")} }\n }\n}\n`,
  );
  const following = await Following.within(router, ["--gone"]);
  await following.heard("a word", ({ say }) => say?.includes("nft monitor takes") === true);
  await until("no monitor", async () => (await following.monitors()).nft === undefined);
  const mark = following.all.length;
  await following.look("filter", mark);
});

it("more than can be read in time is looked at behind it", async () => {
  const following = await Following.begin();
  const { ip } = await following.monitors();
  const mark = following.all.length;
  await following.router.sh(`kill -STOP ${ip}`);
  const lines = Array.from(
    { length: 5000 },
    (_, i) => `route add 10.0.${i >> 8}.${i & 255} via 192.0.2.1 table 5000`,
  );
  await following.router.exec(["ip", "-batch", "-"], { input: `${lines.join("\n")}\n` });
  await following.router.sh(`ip route add default via 192.0.2.1 table 87001; kill -CONT ${ip}`);
  await following.look("missed", mark);
});

it("a routing daemon's hundred thousand routes make no look and little work", async () => {
  const following = await Following.begin();
  const mark = await following.quiet();
  const lines = Array.from(
    { length: 100_000 },
    (_, i) => `route add unreachable 10.${i >> 16}.${(i >> 8) & 255}.${i & 255} table 5000 proto 186`,
  );
  const usage = async () => {
    const from = following.all.length;
    following.say("usage");
    const { cpu } = await following.heard("usage", (heard) => heard.cpu !== undefined, from);
    return ((cpu?.user ?? 0) + (cpu?.system ?? 0)) / 1000;
  };
  const before = await usage();
  await following.router.exec(["ip", "-batch", "-"], { input: `${lines.join("\n")}\n`, timeoutMs: 120_000 });
  await following.quiet();
  const took = (await usage()) - before;
  expect(following.causes(mark).filter((cause) => cause !== "missed")).toEqual([]);
  // milliseconds of processor: half a second on a slow machine, for 100,000 lines
  expect(took).toBeLessThan(5000);
});

it("somebody who keeps deleting what is ours is told of once, and no longer chased", async () => {
  const following = await Following.begin();
  // each look claims to have put it back
  following.say("1");
  const mark = following.all.length;
  for (let round = 0; round < 12; round++) {
    await following.router.sh(
      `ip route replace 10.9.0.0/16 via 192.0.2.${10 + round} table 87001 proto 87; sleep 0.15`,
    );
  }
  await following.heard("a word", ({ say }) => say?.includes("keeps changing or deleting") === true, mark);
  await following.quiet();
  const words = following.all.slice(mark).filter(({ say }) => say !== undefined);
  expect(words).toHaveLength(1);
  // five at once, the sixth makes it a fight: then a second, two, four ...
  expect(following.causes(mark).length).toBeLessThanOrEqual(9);
  // a carrier is looked at all the same
  const calm = following.all.length;
  await following.router.sh("ip link set eth1 down");
  await following.look("link", calm);
});
