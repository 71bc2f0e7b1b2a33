import { describe, expect, it } from "vitest";
import { NO_FACTS } from "../../../lib/event/event.ts";
import { replaceRoute } from "../../../lib/kernel/route.ts";
import { ruleText } from "../../../lib/kernel/rule.ts";
import { TABLE } from "../../../lib/plan/layout.ts";
import { planPacketFilter } from "../../../lib/plan/packet-filter.ts";
import type { State } from "../../../lib/state/record.ts";
import { aLink, type Given, mainDefault, planOf, uplink } from "../plan/support.ts";

const dns = (...servers: string[]) => `dns = [${servers.map((server) => `"${server}"`).join(", ")}]`;
const ADSL = (more = "") => uplink("eth0", `gateway = "192.0.2.1"\ntier = 1\n${more}`);
const LTE = (more = "") => uplink("eth1", `gateway = "198.51.100.1"\ntier = 2\n${more}`);
const ETH0 = aLink("eth0", ["192.0.2.5/24"]);
const ETH1 = aLink("eth1", ["198.51.100.5/24"]);
const BOTH = { links: [ETH0, ETH1] };
const GONE = { links: [{ ...ETH0, carrier: false }, ETH1] };

/** The routes of name servers, without what they all have. */
function serverRoutes(text: string, given: Given): string[] {
  const own = planOf(text, given).routes.filter(({ table }) => table === TABLE.nameServers);
  return own.map((route) =>
    replaceRoute(route)
      .replace("route replace ", "")
      .replace(/ table 87310| proto 87/g, ""),
  );
}

const routes = (title: string, text: string, given: Given, ...expected: string[]) =>
  it(title, () => expect(serverRoutes(text, given)).toEqual(expected));

const WAY0 = "9.9.9.9 via 192.0.2.1 dev eth0 metric 256 src 192.0.2.5";
const WAY1 = (metric: number) => `9.9.9.9 via 198.51.100.1 dev eth1 metric ${metric} src 198.51.100.5`;
const GUARD = "unreachable 9.9.9.9 metric 4294967295";

describe("a name server", () => {
  routes("none, no routes", ADSL() + LTE(), BOTH);
  routes("goes by its own uplink, or not at all", ADSL(dns("9.9.9.9")) + LTE(), BOTH, WAY0, GUARD);
  routes("is unreachable while that is down", ADSL(dns("9.9.9.9")) + LTE(), GONE, GUARD);
  routes("goes by a worse uplink if that is its own", ADSL() + LTE(dns("9.9.9.9")), BOTH, WAY1(513), GUARD);
  routes(
    "that two uplinks have goes by the better one, and by the other when that is down",
    ADSL(dns("9.9.9.9")) + LTE(dns("9.9.9.9")),
    BOTH,
    WAY0,
    WAY1(513),
    GUARD,
  );
  routes(
    "that a drained uplink shares goes by the other one first",
    ADSL(dns("9.9.9.9")) + LTE(dns("9.9.9.9")),
    { ...BOTH, state: { manual: { eth0: "drained" } } },
    "9.9.9.9 via 192.0.2.1 dev eth0 metric 1000256 src 192.0.2.5",
    WAY1(513),
    GUARD,
  );
  routes(
    "on the uplink's own network needs no gateway",
    ADSL(dns("192.0.2.53")),
    BOTH,
    "192.0.2.53 dev eth0 metric 256 src 192.0.2.5",
    "unreachable 192.0.2.53 metric 4294967295",
  );
  routes("in a LAN needs nothing", ADSL(dns("10.0.0.2")), { links: [ETH0, aLink("eth2", ["10.0.0.1/24"])] });
  routes(
    "behind a point-to-point line needs no gateway",
    uplink("ppp0", dns("9.9.9.9")),
    { links: [aLink("ppp0", ["100.64.0.7 peer 100.64.0.1"])] },
    "9.9.9.9 dev ppp0 metric 256 src 100.64.0.7",
    GUARD,
  );
  routes(
    "of IPv6 goes by an uplink that has IPv6",
    ADSL(`${dns("2620:fe::fe")}`) + LTE(),
    {
      links: [aLink("eth0", ["192.0.2.5/24", "2001:db8::5/64"]), ETH1],
      main: [
        {
          family: 6,
          table: 254,
          type: "unicast",
          destination: "default",
          gateway: "fe80::1",
          device: "eth0",
          metric: 1024,
          protocol: 9,
          source: null,
          onlink: false,
          realm: 0,
        },
      ],
    },
    "2620:fe::fe via fe80::1 dev eth0 metric 256",
    "unreachable 2620:fe::fe metric 4294967295",
  );
});

describe("who says which servers an uplink has", () => {
  const facts = (index: number, ...servers: string[]): State["facts"] => ({
    eth0: { index, facts: { ...NO_FACTS, dns: servers } },
  });
  const told = { ...BOTH, state: { facts: facts(ETH0.index, "9.9.9.9") } };
  routes("its caller", ADSL() + LTE(), told, WAY0, GUARD);
  routes(
    "the file rather than its caller",
    ADSL(dns("1.1.1.1")),
    told,
    ...["1.1.1.1"].flatMap((server) => [WAY0.replace("9.9.9.9", server), GUARD.replace("9.9.9.9", server)]),
  );
  routes("the file: none", ADSL("dns = []"), told);
  routes("not the caller of another device of that name", ADSL(), {
    ...BOTH,
    state: { facts: facts(ETH0.index + 1000, "9.9.9.9") },
  });
  routes(
    "who told of it last, while it is away",
    ADSL() + LTE(),
    { links: [ETH1], state: { nameServers: { eth0: ["9.9.9.9"] } } },
    GUARD,
  );
  routes(
    "who told of it last, when it is back and nobody has told yet",
    ADSL() + LTE(),
    { ...BOTH, state: { nameServers: { eth0: ["9.9.9.9"] } } },
    WAY0,
    GUARD,
  );
  it("what was told is remembered", () => {
    expect(planOf(ADSL() + LTE(), told).nameServers).toEqual({ eth0: ["9.9.9.9"] });
  });
});

describe("the rules for name servers", () => {
  const rules = (text: string, given: Given = BOTH) =>
    planOf(text, given)
      .rules.filter(({ action }) => action.kind === "lookup" && action.table === TABLE.nameServers)
      .map((rule) => `${rule.family} ${ruleText(rule).replace(" protocol 87", "")}`);

  it("are there only where there are servers", () => expect(rules(ADSL() + LTE())).toEqual([]));

  it("come behind the rules of the file, and behind what is bound to an address", () => {
    expect(rules(ADSL(dns("9.9.9.9")) + LTE())).toEqual([
      "4 not priority 32290 iif lo lookup 87310",
      "4 priority 32700 lookup 87310",
    ]);
  });

  it("stay while the line is down", () => {
    expect(rules(ADSL(dns("9.9.9.9")) + LTE(), GONE)).toHaveLength(2);
  });
});

describe("an IPv6 name server that no line reaches", () => {
  const closed = (text: string, given: Given) =>
    planPacketFilter(planOf(text, given).filter)
      .find(({ name }) => name === "output")
      ?.rules.filter((rule) => rule.includes("2620:fe::fe")) ?? [];
  const six = (name: string, address: string): Given => ({
    links: [aLink(name, [address])],
    main: [mainDefault(name, "fe80::1", { family: 6, metric: 1024 })],
  });
  const QUAD9 = ADSL(dns("2620:fe::fe"));

  it("is refused by the packet filter too", () => {
    expect(closed(QUAD9 + LTE(), six("eth1", "2001:db8::5/64"))).toEqual([
      'ip6 daddr { 2620:fe::fe } oifname { "eth0", "eth1" } reject with icmpv6 type no-route',
    ]);
  });

  it("is not while its line works, nor while there is no IPv6", () => {
    expect(closed(QUAD9 + LTE(), six("eth0", "2001:db8::5/64"))).toEqual([]);
    expect(closed(QUAD9 + LTE(), GONE)).toEqual([]);
  });

  it("is not if a rule names it", () => {
    const rule = '[[rule]]\ndestination = "2620:fe::/48"\nvia = "eth1"\n';
    expect(closed(QUAD9 + LTE() + rule, six("eth1", "2001:db8::5/64"))).toEqual([]);
  });
});

it("a name server is not dealt out to the lines that balance", () => {
  const balanced = (more: string) => ADSL(more) + LTE().replace("tier = 2", "tier = 1");
  const chain = (more: string) =>
    planPacketFilter(planOf(balanced(more), BOTH).filter).find(({ name }) => name === "balance")?.rules ?? [];
  expect(chain(dns("9.9.9.9", "2620:fe::fe"))).toContain("ip daddr { 9.9.9.9 } return");
  expect(chain("").join()).not.toContain("9.9.9.9");
});
