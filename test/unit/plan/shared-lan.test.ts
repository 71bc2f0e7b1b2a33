import { describe, expect, it } from "vitest";
import { formatPrefix } from "../../../lib/net/prefix.ts";
import { sharedLans } from "../../../lib/plan/shared-lan.ts";
import { aLink, type Given, planOf, uplink } from "./support.ts";

const two = (gateway0: string, gateway1: string) =>
  uplink("eth0", `gateway = "${gateway0}"\ntier = 1`) + uplink("wlan0", `gateway = "${gateway1}"\ntier = 2`);

const SAME = two("192.0.2.1", "192.0.2.1");
const links = [aLink("eth0", ["192.0.2.5/24"]), aLink("wlan0", ["192.0.2.6/24"])];

const lans = (title: string, text: string, given: Given, expected: readonly string[]) =>
  it(title, () => {
    const found = sharedLans(planOf(text, given).uplinks);
    const words = found.map(({ network, members }) =>
      [formatPrefix(network), ...members.map((member) => member.uplink.name)].join(" "),
    );
    expect(words).toEqual(expected);
  });

describe("a LAN that several uplinks stand in", () => {
  lans("same network and gateway", SAME, { links }, ["192.0.2.0/24 eth0 wlan0"]);
  lans("another gateway is another router", two("192.0.2.1", "192.0.2.2"), { links }, []);
  lans(
    "another network",
    SAME,
    { links: [aLink("eth0", ["192.0.2.5/24"]), aLink("wlan0", ["192.0.2.6/25"])] },
    [],
  );
  lans("one of them alone", SAME, { links: links.slice(1) }, []);
  lans(
    "without a cable it still is that LAN",
    SAME,
    { links: links.map((link) => ({ ...link, carrier: false })) },
    ["192.0.2.0/24 eth0 wlan0"],
  );
  lans("one that is disabled is out of it", SAME, { links, state: { manual: { eth0: "disabled" } } }, []);
  lans(
    "PPP sessions with one peer share no LAN",
    uplink("a", 'peer = "a"\ntier = 1') + uplink("b", 'peer = "b"\ntier = 2'),
    {
      links: [aLink("ppp0", ["100.64.0.7 peer 100.64.0.1"]), aLink("ppp1", ["100.64.0.8 peer 100.64.0.1"])],
      peers: { a: "ppp0", b: "ppp1" },
    },
    [],
  );
});

it("an address of two such LANs leaves by the better tier's", () => {
  const text = ["w1", "w2"]
    .map((name) => uplink(name, 'gateway = "192.168.1.254"\ntier = 3'))
    .concat(["c1", "c2"].map((name) => uplink(name, 'gateway = "192.168.1.1"\ntier = 1')))
    .join("");
  const hosts = { w1: 30, w2: 31, c1: 20, c2: 21 };
  const all = Object.entries(hosts).map(([name, host]) =>
    aLink(name, [`192.168.1.${host}/24`], { carrier: name !== "c1" }),
  );
  const rule = planOf(text, { links: all }).rules.find(({ selector }) => selector.from === "192.168.1.20");
  expect(rule?.action).toMatchObject({ kind: "lookup", table: 87004 });
});
