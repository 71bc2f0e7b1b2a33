import { describe, expect, it } from "vitest";
import { type Asked, readQuestion } from "../../../lib/explain/question.ts";

const HERE = {
  interfaces: ["lo", "eth0"],
  isLocal: (address: string) => address === "10.0.0.1",
  passwd: "root:x:0:0::/root:/bin/sh\nmldonkey:x:115:120::/:/bin/false\n",
};
const X = "203.0.113.1";
const read = (asked: Partial<Asked>) => readQuestion({ destination: X, ...asked }, HERE);

describe("is read", () => {
  it("a destination alone: root's own packet", () =>
    expect(read({})).toMatchObject({ packet: { to: X, from: null, input: "lo", user: 0 }, group: 0 }));
  it("IPv6 in canonical text", () =>
    expect(read({ destination: "2001:DB8:0::1" }).packet).toMatchObject({ family: 6, to: "2001:db8::1" }));
  it("a user with the group", () =>
    expect(read({ user: "mldonkey" })).toMatchObject({ packet: { user: 115 }, group: 120 }));
  it("a number that no account has", () =>
    expect(read({ user: "999" })).toMatchObject({ packet: { user: 999 }, group: null }));
  it("a forwarded packet", () =>
    expect(read({ from: "10.0.0.9", iif: "eth0" })).toMatchObject({
      packet: { from: "10.0.0.9", input: "eth0", user: 0 },
      group: null,
    }));
  it("iif lo is this machine itself", () => expect(read({ iif: "lo" }).packet.input).toBe("lo"));
  it("an address of its own", () => expect(read({ from: "10.0.0.1" }).packet.from).toBe("10.0.0.1"));
  it("protocol and port", () =>
    expect(read({ protocol: "udp", port: "53" }).packet).toMatchObject({
      protocol: 17,
      destinationPort: 53,
    }));
  it("a protocol by number", () => expect(read({ protocol: "47" }).packet.protocol).toBe(47));
});

describe("is refused", () => {
  const facts: readonly (readonly [Partial<Asked>, RegExp])[] = [
    [{ destination: "example.org" }, /not a name/],
    [{ destination: "10.0.0.0/8" }, /prefix/],
    [{ destination: "fe80::1%eth0" }, /IP address/],
    [{ destination: "224.0.0.1" }, /never routed/],
    [{ destination: "ff02::1" }, /never routed/],
    [{ destination: "fe80::1" }, /never routed/],
    [{ destination: "0.0.0.0" }, /never routed/],
    [{ from: "2001:db8::1", iif: "eth0" }, /one family/],
    [{ from: "10.0.0.9" }, /no address of this machine/],
    [{ iif: "eth0" }, /needs --from/],
    [{ from: "10.0.0.9", iif: "eth9" }, /no interface "eth9"/],
    [{ from: "10.0.0.9", iif: "eth0", user: "root" }, /own traffic only/],
    [{ user: "nobody here" }, /passwd/],
    [{ user: "4294967295" }, /passwd/],
    [{ port: "80" }, /needs --protocol/],
    [{ protocol: "tpc" }, /did you mean "tcp"/],
    [{ protocol: "icmp", port: "80" }, /no ports/],
    [{ protocol: "tcp", port: "0" }, /one port/],
    [{ protocol: "tcp", port: "1-2" }, /one port/],
  ];
  for (const [asked, message] of facts) {
    it(JSON.stringify(asked), () => expect(() => read(asked)).toThrow(message));
  }
});
