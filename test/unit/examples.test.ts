import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { configOf, problemsOf } from "./config/reading.ts";

const folder = new URL("../../examples/", import.meta.url);
const textOf = (name: string) => readFileSync(new URL(name, folder), "utf8");
const names = readdirSync(folder).filter((name) => name.endsWith(".toml"));

it("there is one for each scenario, and one to start from", () =>
  expect(names).toEqual(
    expect.arrayContaining(
      ["laptop", "edge-router", "home-server", "pinned-nat", "providers", "waymark"].map(
        (name) => `${name}.toml`,
      ),
    ),
  ));

describe("is right", () => {
  for (const name of names) it(name, () => expect(problemsOf(textOf(name))).toEqual([]));
});

it("the start is right with its comments taken away too", () => {
  const all = textOf("waymark.toml").replaceAll(/^# (?=\[|\w+ = )/gm, "");
  expect(configOf(all).uplinks.map((uplink) => uplink.name)).toEqual(["fibre", "lte", "dsl"]);
  expect(configOf(all).rules).toHaveLength(1);
});

it("the providers balance 2 : 1", () =>
  expect(
    configOf(textOf("providers.toml"))
      .uplinks.filter((uplink) => uplink.tier === 1)
      .map((uplink) => uplink.weight),
  ).toEqual([2, 1]));

it("the documentation's whole example is right", () => {
  const documentation = readFileSync(new URL("../docs/configuration.md", folder), "utf8");
  const blocks = [...documentation.matchAll(/```toml\n([^`]*)```/g)].map((match) => match[1] ?? "");
  expect(blocks.length).toBeGreaterThan(0);
  for (const block of blocks) expect(problemsOf(block)).toEqual([]);
});

it("the documentation's messages are what is printed", () => {
  const documentation = readFileSync(new URL("../docs/configuration.md", folder), "utf8");
  const shown = [...documentation.matchAll(/^\| `([^|]*)` \| `(\d+:\d+: [^|]*)` \|$/gm)];
  expect(shown.length).toBeGreaterThan(20);
  for (const [, text = "", message = ""] of shown) {
    expect(problemsOf(text.replaceAll("⏎", "\n"))).toContain(`w:${message}`);
  }
});
