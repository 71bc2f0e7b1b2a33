import { describe, expect, it } from "vitest";
import { connectedPrefix, parseLinks } from "../../../lib/kernel/link.ts";
import { formatPrefix } from "../../../lib/net/prefix.ts";
import { anAddress } from "../plan/support.ts";

/** iproute2 6.1, `ip -N -j address show`: veth without a carrier, and a point-to-point address. */
const SHOWN = [
  {},
  {
    ifindex: 3,
    link: "v1",
    ifname: "v0",
    flags: ["NO-CARRIER", "BROADCAST", "MULTICAST", "UP", "M-DOWN"],
    operstate: "LOWERLAYERDOWN",
    address: "1e:c9:ed:bb:d3:58",
    addr_info: [
      { family: "inet", local: "10.9.0.2", prefixlen: 24, scope: "0", label: "v0" },
      { family: "inet6", local: "2001:db8:9::2", prefixlen: 64, scope: "0", tentative: true },
      { family: "inet6", local: "2001:db8:9::3", prefixlen: 64, scope: "0", deprecated: true },
      { family: "inet6", local: "fe80::1cc9:edff:febb:d358", prefixlen: 64, scope: "253" },
      {},
    ],
  },
  {
    ifindex: 9,
    ifname: "ppp0",
    flags: ["POINTOPOINT", "MULTICAST", "NOARP", "UP", "LOWER_UP"],
    addr_info: [
      { family: "inet", local: "100.64.0.7", address: "100.64.0.1", prefixlen: 32, scope: "global" },
    ],
  },
];

describe("links", () => {
  const [veth, ppp] = parseLinks(SHOWN);
  it("without a carrier", () =>
    expect([veth?.name, veth?.index, veth?.up, veth?.carrier]).toEqual(["v0", 3, true, false]));
  it("link-layer address", () => expect(veth?.hardwareAddress).toBe("1e:c9:ed:bb:d3:58"));
  it("which addresses can be used", () =>
    expect(veth?.addresses.map(({ usable }) => usable)).toEqual([true, false, false, false]));
  it("point to point", () =>
    expect([ppp?.pointToPoint, ppp?.carrier, ppp?.addresses[0]?.peer]).toEqual([true, true, "100.64.0.1"]));
  it("an older iproute2 names the scope", () => expect(ppp?.addresses[0]?.usable).toBe(true));
  it("what is no link is left out", () => expect(parseLinks([{}])).toEqual([]));
});

describe("the network on a link", () => {
  it.each([
    ["192.0.2.5/24", "192.0.2.0/24"],
    ["100.64.0.7 peer 100.64.0.1", "100.64.0.1"],
    ["2001:db8::5/64", "2001:db8::/64"],
  ])("%s is %s", (text, expected) => expect(formatPrefix(connectedPrefix(anAddress(text)))).toBe(expected));
});
