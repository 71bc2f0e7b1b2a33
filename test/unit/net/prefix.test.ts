import fc from "fast-check";
import ipaddr from "ipaddr.js";
import { describe, expect, it } from "vitest";
import { contains, formatPrefix, networkOf, parseAddress, parsePrefix } from "../../../lib/net/prefix.ts";

const formatted = (text: string) => {
  const prefix = parsePrefix(text);
  return prefix === null ? null : formatPrefix(prefix);
};

const prefix = (text: string, expected: string | null) =>
  it(`${text || "nothing"} is ${expected ?? "no prefix"}`, () => expect(formatted(text)).toBe(expected));

prefix("10.0.0.0/8", "10.0.0.0/8");
prefix("10.1.2.3/8", "10.0.0.0/8");
prefix("192.0.2.255/31", "192.0.2.254/31");
prefix("192.0.2.7", "192.0.2.7");
prefix("192.0.2.7/32", "192.0.2.7");
prefix("0.0.0.0/0", "0.0.0.0/0");
prefix("255.255.255.255/1", "128.0.0.0/1");
prefix("2001:DB8:0:0::/32", "2001:db8::/32");
prefix("2001:db8::ffff/127", "2001:db8::fffe/127");
prefix("2001:db8:0:0:1::1", "2001:db8::1:0:0:1");
prefix("1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7");
prefix("::/0", "::/0");
prefix("::ffff:192.0.2.1", "::ffff:c000:201");
prefix("010.0.0.1", null);
prefix("10.1", null);
prefix("10.0.0.0/33", null);
prefix("10.0.0.0/", null);
prefix("10.0.0.0/-1", null);
prefix("10.0.0.0/8/8", null);
prefix("::/129", null);
prefix("fe80::1%eth0", null);
prefix(" 10.0.0.0/8", null);
prefix("/8", null);
prefix("", null);

const inside = (network: string, address: string, expected: boolean) =>
  it(`${address} is ${expected ? "" : "not "}in ${network}`, () => {
    const parsed = parsePrefix(network);
    expect(parsed !== null && contains(parsed, address)).toBe(expected);
  });

inside("192.0.2.0/24", "192.0.2.255", true);
inside("192.0.2.0/24", "192.0.3.0", false);
inside("0.0.0.0/0", "255.255.255.255", true);
inside("::/0", "192.0.2.1", false);
inside("2001:db8::/33", "2001:db8:8000::", false);
inside("192.0.2.0/24", "nonsense", false);

describe("as another implementation says", () => {
  // ipaddr.js takes the obsolete ::192.0.2.1 for ::ffff:192.0.2.1.
  const ipV6 = fc.ipV6().filter((text) => !/^::\d+\./.test(text));
  const cases = fc.oneof(
    fc.record({ address: fc.ipV4(), length: fc.integer({ min: 0, max: 32 }) }),
    fc.record({ address: ipV6, length: fc.integer({ min: 0, max: 128 }) }),
  );

  it("the address", () =>
    fc.assert(
      fc.property(cases, ({ address }) => {
        const oracle = ipaddr.parse(address);
        const ours = parseAddress(address);
        expect(ours?.family).toBe(oracle.kind() === "ipv4" ? 4 : 6);
        expect(ipaddr.parse(ours?.address ?? "").toByteArray()).toEqual(oracle.toByteArray());
        if (oracle instanceof ipaddr.IPv6) expect(ours?.address).toBe(oracle.toRFC5952String());
      }),
    ));

  it("the network", () =>
    fc.assert(
      fc.property(cases, ({ address, length }) => {
        const type = ipaddr.parse(address).kind() === "ipv4" ? ipaddr.IPv4 : ipaddr.IPv6;
        const oracle = type.networkAddressFromCIDR(`${address}/${length}`);
        const ours = parsePrefix(`${address}/${length}`)?.address ?? "";
        expect(ipaddr.parse(ours).toByteArray()).toEqual(oracle.toByteArray());
      }),
    ));

  it("what lies in it", () =>
    fc.assert(
      fc.property(cases, fc.oneof(fc.ipV4(), ipV6), ({ address, length }, other) => {
        const network = parsePrefix(`${address}/${length}`);
        const [net, host] = [ipaddr.parse(address), ipaddr.parse(other)];
        const same = net.kind() === host.kind();
        if (network !== null) expect(contains(network, other)).toBe(same && host.match(net, length));
      }),
    ));

  it("written and read again it is the same", () =>
    fc.assert(
      fc.property(cases, ({ address, length }) => {
        const parsed = parsePrefix(`${address}/${length}`);
        expect(parsed).not.toBeNull();
        if (parsed !== null) expect(parsePrefix(formatPrefix(parsed))).toEqual(parsed);
      }),
    ));
});

it("networkOf drops the host bits", () =>
  expect(networkOf("192.0.2.77", 4, 26)).toEqual({ family: 4, address: "192.0.2.64", length: 26 }));

it("no text makes it throw", () => fc.assert(fc.property(fc.string(), (text) => void parsePrefix(text))));
