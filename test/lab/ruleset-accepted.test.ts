import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { withCanary } from "../../lib/kernel/canary.ts";
import type { Command, Result } from "../../lib/kernel/command.ts";
import type { Link } from "../../lib/kernel/link.ts";
import { changeTable, deleteTable, type Ruleset, replaceTable } from "../../lib/kernel/ruleset.ts";
import { planPacketFilter } from "../../lib/plan/packet-filter.ts";
import { fingerprintOf, isUntouched } from "../../lib/reconcile/packet-filter.ts";
import { House } from "../fake-kernel/house.ts";
import { FakeKernel } from "../fake-kernel/kernel.ts";
import { ALL } from "../fake-kernel/plans.ts";
import { FakeWorld } from "../fake-kernel/world.ts";
import { aLink, type Given, mainDefault, planOf } from "../unit/plan/support.ts";

/** Commands in one network namespace of their own, one behind the other. @returns what the last one printed */
function inNamespace(script: string, input = ""): { status: number | null; stdout: string; stderr: string } {
  return spawnSync("unshare", ["-n", "-m", "sh", "-c", script], { input, encoding: "utf8" });
}

const ppp = (name: string, last: number): Link => aLink(name, [`100.64.0.${last} peer 100.64.0.1`]);

/** A machine for each example, with everything up. */
const EXAMPLES: readonly (readonly [string, Given])[] = [
  [
    "laptop",
    {
      links: [aLink("br0", ["192.168.1.20/24"]), aLink("eth0", []), aLink("wlan0", ["192.168.1.30/24"])],
      main: [mainDefault("br0", "192.168.1.1"), mainDefault("wlan0", "192.168.1.1")],
    },
  ],
  [
    "edge-router",
    {
      links: [
        aLink("eth0", ["192.168.1.5/24", "2001:db8::5/64"]),
        aLink("usb0", ["192.168.42.10/24"]),
        ppp("ppp0", 9),
      ],
      main: [mainDefault("eth0", "fe80::1", { family: 6 })],
      peers: { gsm: "ppp0" },
    },
  ],
  ["home-server", { links: [ppp("ppp0", 7), ppp("ppp1", 8)], peers: { main: "ppp0", p2p: "ppp1" } }],
  [
    "pinned-nat",
    {
      links: [7, 8, 9, 10, 11].map((last, place) => ppp(`ppp${place}`, last)),
      peers: { isp0: "ppp0", isp1: "ppp1", isp2: "ppp2", isp3: "ppp3", isp4: "ppp4" },
    },
  ],
  [
    "providers",
    {
      links: [
        aLink("eth0", ["192.0.2.5/24"]),
        aLink("eth1", ["203.0.113.5/24"]),
        aLink("wwan0", ["10.64.3.2/30"]),
        aLink("eth3", ["198.51.100.5/24"]),
        ppp("ppp0", 7),
      ],
      main: [mainDefault("eth0", "192.0.2.1"), mainDefault("wwan0", "10.64.3.1")],
      peers: { voice: "ppp0" },
    },
  ],
  ["waymark", { links: [aLink("eth0", ["192.0.2.5/24"])], main: [mainDefault("eth0", "192.0.2.1")] }],
];

const full = (ruleset: Ruleset) => withCanary(ruleset, fingerprintOf(ruleset));

/** The world of a namespace that the input was loaded in: nothing but `nft list`. */
function loadedWorld(input: string, chains: Ruleset): FakeWorld {
  const world = new FakeWorld(new FakeKernel(), new Map(), undefined);
  world.store.chains = JSON.stringify(chains);
  const run = async ({ file, args }: Command): Promise<Result> => {
    const { status, stdout, stderr } = inNamespace(`nft -f - && ${[file, ...args].join(" ")}`, input);
    return { exitCode: status, stdout, stderr };
  };
  return Object.assign(world, { run });
}

describe.each(EXAMPLES)("the packet filter of examples/%s.toml", (name, given) => {
  const text = readFileSync(new URL(`../../examples/${name}.toml`, import.meta.url), "utf8");
  const plan = planOf(text, given);
  const ruleset = full(planPacketFilter(plan.filter));

  it("is what nft accepts, up and down and in between", () => {
    const nobody = full(planPacketFilter(planOf(text, {}).filter));
    const steps = [replaceTable(ruleset), changeTable(ruleset, full(planPacketFilter(plan.filterBefore)))];
    for (const step of steps) {
      const { status, stderr } = inNamespace("nft -f -", replaceTable(ruleset) + step);
      expect([status, stderr]).toEqual([0, ""]);
    }
    const way = [replaceTable(ruleset), changeTable(ruleset, nobody), deleteTable()].join("");
    expect(inNamespace("nft -c -f -", way)).toMatchObject({ status: 0, stderr: "" });
    const back = nobody.length === 0 ? "" : replaceTable(nobody) + changeTable(nobody, ruleset);
    expect(inNamespace("nft -f -", back)).toMatchObject({ status: 0, stderr: "" });
  });

  it("is found untouched in nft's own words", async () => {
    const world = loadedWorld(replaceTable(ruleset), ruleset);
    expect(await isUntouched(world, fingerprintOf(planPacketFilter(plan.filter)))).toBe(true);
  });

  it("and touched when a rule is missing", async () => {
    const world = loadedWorld(`${replaceTable(ruleset)}flush chain inet waymark prerouting\n`, ruleset);
    expect(await isUntouched(world, fingerprintOf(planPacketFilter(plan.filter)))).toBe(false);
  });
});

describe.each(ALL)("$name", (plan) => {
  it("everything that is given to nft while lines come and go is accepted", async () => {
    const house = new House(plan);
    for (const kind of ["told", "carrier-off", "gone", "recreate", "no-address", "address"] as const) {
      for (const line of plan.lines.keys()) await house.run([house.happen({ kind, line, variant: 1 })]);
    }
    const inputs = house.world.commands.filter(({ file, args }) => file === "nft" && args[0] === "-f");
    expect(inputs.length).toBeGreaterThan(1);
    const script = inputs.map(({ input }) => `nft -f - <<'END' || exit 1\n${input ?? ""}END\n`).join("");
    expect(inNamespace(script)).toMatchObject({ status: 0, stderr: "" });
  });
});

it("nft is there", () =>
  expect(execFileSync("nft", ["--version"], { encoding: "utf8" })).toMatch(/^nftables v/));
