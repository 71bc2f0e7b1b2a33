import { describe, expect, it } from "vitest";
import { PROBE_GROUP } from "../../../lib/plan/layout.ts";
import { planPacketFilter } from "../../../lib/plan/packet-filter.ts";
import { aLink, type Given, planOf, uplink } from "./support.ts";

const CHECK = (name: string, method: string) =>
  `[uplink.${name}.check]\nmethod = "${method}"\ntargets = "${method === "tcp" ? "192.0.2.99:443" : "192.0.2.99"}"\n`;

const TWO = (methods: readonly [string | null, string | null]) =>
  (["one", "two"] as const)
    .map((name, place) => {
      const method = methods[place] ?? null;
      return (
        uplink(name, `tier = 1\ngateway = "192.0.${place}.1"`) + (method === null ? "" : CHECK(name, method))
      );
    })
    .join("");

const BOTH: Given = {
  links: [aLink("one", ["192.0.0.5/24", "192.0.0.6/24"]), aLink("two", ["192.0.1.5/24"])],
};

const rulesOf = (text: string, given: Given, name: string) =>
  planPacketFilter(planOf(text, given).filter).find((chain) => chain.name === name)?.rules ?? null;

describe("without checks, or with pings only", () => {
  it.each([
    [null, null],
    ["ping", "ping"],
  ] as const)("there is nothing (%s, %s)", (...methods) => {
    const ruleset = planPacketFilter(planOf(TWO(methods), BOTH).filter);
    expect(ruleset.filter(({ name }) => name.startsWith("probe"))).toEqual([]);
    expect(ruleset.flatMap(({ rules }) => rules).join()).not.toContain("skgid");
  });
});

describe("with probes that go through sockets", () => {
  const text = TWO(["tcp", "ping"]);
  it("what the watcher's group sends goes to them, before pins and balancing", () =>
    expect(rulesOf(text, BOTH, "output")?.slice(0, 3)).toEqual([
      'oifname "lo" goto loopback',
      "meta mark != 0 return",
      `meta skgid ${PROBE_GROUP} goto probes`,
    ]));
  it("the address that probes are sent from tells the uplink", () =>
    expect(rulesOf(text, BOTH, "probes")).toEqual(["ip saddr vmap { 192.0.0.5 : goto probe_0x100 }"]));
  it("and gives its mark, leaving other bits alone", () =>
    expect(rulesOf(text, BOTH, "probe_0x100")).toEqual(["meta mark set meta mark & 0xffff00ff | 0x100"]));
  it("each uplink that is checked so", () =>
    expect(rulesOf(TWO(["tcp", "dns"]), BOTH, "probes")).toEqual([
      "ip saddr vmap { 192.0.0.5 : goto probe_0x100, 192.0.1.5 : goto probe_0x200 }",
    ]));
  it("both families", () => {
    const links = [aLink("one", ["192.0.0.5/24", "2001:db8::5/64"])];
    const wide = text.replace('gateway = "192.0.0.1"', 'gateway = "192.0.0.1"\n');
    const main = [
      {
        family: 6,
        table: 254,
        type: "unicast",
        destination: "default",
        gateway: "fe80::1",
        device: "one",
        metric: 1024,
        protocol: 9,
        source: null,
        onlink: false,
        realm: 0,
      },
    ] as const;
    expect(rulesOf(wide, { links, main }, "probes")).toEqual([
      "ip saddr vmap { 192.0.0.5 : goto probe_0x100 }",
      "ip6 saddr vmap { 2001:db8::5 : goto probe_0x100 }",
    ]);
  });
  it("an address that two of them bear stands for neither", () => {
    const links = [aLink("one", ["192.0.0.5/24"]), aLink("two", ["192.0.0.5/24", "192.0.1.5/24"])];
    expect(rulesOf(TWO(["tcp", "tcp"]).replace("192.0.1.1", "192.0.0.1"), { links }, "probes")).toEqual([]);
  });
  it("one that is away has none, and the rest stays", () => {
    const links = [aLink("two", ["192.0.1.5/24"])];
    expect(rulesOf(text, { links }, "probes")).toEqual([]);
    expect(rulesOf(text, { links }, "output")).toContain(`meta skgid ${PROBE_GROUP} goto probes`);
  });
});
