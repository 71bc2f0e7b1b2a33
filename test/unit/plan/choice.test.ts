import { describe, expect, it } from "vitest";
import { balanceable, choiceMetric, choose, sharing } from "../../../lib/plan/choice.ts";
import type { UplinkState } from "../../../lib/plan/uplink-state.ts";
import { configOf } from "../config/reading.ts";
import { aLink, type Given, mainDefault, planOf, uplink } from "./support.ts";

/** Uplinks by name, tier and further lines. */
const fileOf = (...uplinks: readonly (readonly [string, number, string?])[]) =>
  uplinks.map(([name, tier, more = ""]) => uplink(name, `tier = ${tier}\n${more}`)).join("");

const FILE = fileOf(["a", 2], ["b", 1], ["c", 1], ["d", 2]);
const links = ["a", "b", "c", "d"].map((name, place) =>
  aLink(name, [`100.64.${place}.7 peer 100.64.0.1`], { pointToPoint: true }),
);

const choice = (title: string, text: string, given: Given, ranked: string, best: string, shared: string) =>
  it(title, () => {
    const found = choose(planOf(text, given).uplinks, 4);
    const names = (all: typeof found.ranked) => all.map((each) => each.uplink.name).join(" ");
    expect([names(found.ranked), names(found.best), sharing(found).join(" ")]).toEqual([
      ranked,
      best,
      shared,
    ]);
  });

describe("the choice", () => {
  choice("by tier, then by place in the file", FILE, { links }, "b c a d", "b c", "b c");
  choice("one that is away is passed over", FILE, { links: links.slice(0, 2) }, "b a", "b", "");
  choice(
    "the next tier",
    FILE,
    { links: [links[0], links[3]].flatMap((link) => link ?? []) },
    "a d",
    "a d",
    "a d",
  );
  choice("nothing works", FILE, {}, "", "", "");
  choice("drained", FILE, { links, state: { manual: { b: "drained" } } }, "c a d", "c", "");
  choice(
    "disabled",
    FILE,
    { links, state: { manual: { b: "disabled", c: "disabled" } } },
    "a d",
    "a d",
    "a d",
  );
  choice(
    "what is not pinned does not share",
    fileOf(["a", 1, "pin = false"], ["b", 1], ["c", 1]),
    { links },
    "a b c",
    "a b c",
    "b c",
  );
  choice("and nobody shares alone", fileOf(["a", 1, "pin = false"], ["b", 1]), { links }, "a b", "a b", "");

  it("IPv6 alone is named where there is no IPv4", () => {
    const plan = planOf(uplink("eth0", "tier = 1"), {
      links: [aLink("eth0", ["2001:db8::5/64"])],
      main: [mainDefault("eth0", "fe80::1", { family: 6 })],
    });
    expect(plan.choice).toEqual(["eth0"]);
    expect(choose(plan.uplinks, 4).ranked).toEqual([]);
  });
});

describe("metrics of the choice", () => {
  it("follow from the file alone", () => {
    const config = configOf(FILE);
    const metric = (uplink: UplinkState) => choiceMetric(config, uplink, 4);
    const uplinks = planOf(FILE).uplinks;
    expect(uplinks.map(metric)).toEqual([512, 257, 258, 515]);
    expect(uplinks.map((uplink) => metric({ ...uplink, use4: "reserve" }))).toEqual(
      [512, 257, 258, 515].map((usual) => usual + 1024 * 256),
    );
  });

  it("only uplinks with a peer in their tier may ever be balanced", () => {
    expect(balanceable(configOf(FILE))).toEqual(["a", "b", "c", "d"]);
    expect(balanceable(configOf(fileOf(["a", 1], ["b", 2], ["c", 2])))).toEqual(["b", "c"]);
  });
});
