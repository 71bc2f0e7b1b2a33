import { describe, expect, test } from "vitest";
import { event, fact, ignored } from "./support.ts";

const UP = { IFACE: "eth0", MODE: "start", PHASE: "post-up", ADDRFAM: "inet", METHOD: "static" };
const DOWN = { ...UP, MODE: "stop", PHASE: "post-down" };

describe("kind and interface", () => {
  test("up", () => expect(event("ifupdown", [], UP)).toMatchObject({ kind: "up", interface: "eth0" }));
  test("down", () => expect(event("ifupdown", [], DOWN)).toMatchObject({ kind: "down", interface: "eth0" }));
  test("manual is up", () => expect(event("ifupdown", [], { ...UP, METHOD: "manual" }).kind).toBe("up"));
  test("VLAN", () => expect(event("ifupdown", [], { ...UP, IFACE: "eth0.20" }).interface).toBe("eth0.20"));
  test("alias", () => expect(event("ifupdown", [], { ...UP, IFACE: "eth0:1" }).interface).toBe("eth0"));
  test("alias down is not its interface down", () =>
    expect(event("ifupdown", [], { ...DOWN, IFACE: "eth0:1" })).toMatchObject({
      kind: "change",
      interface: "eth0",
    }));
  test("both families at once", () =>
    expect(event("ifupdown", [], { ...UP, ADDRFAM: "inet,inet6" }).kind).toBe("up"));
  test("MODE without PHASE", () =>
    expect(event("ifupdown", [], { IFACE: "eth0", MODE: "stop" }).kind).toBe("down"));
  test("arguments do not count", () =>
    expect(event("ifupdown", ["wlan0", "down"], UP).interface).toBe("eth0"));
});

describe("ignored", () => {
  test.each([
    [{ IFACE: "--all", ADDRFAM: "meta", METHOD: "none" }, "--all is not an interface"],
    [{ IFACE: "lo", METHOD: "loopback" }, "loopback is never an uplink"],
    [{ IFACE: "lo" }, "lo is never an uplink"],
    [{ IFACE: "lo:1" }, "lo is never an uplink"],
    [{ IFACE: "" }, "no interface named"],
    [{ IFACE: ":1" }, "no interface named"],
    [{ IFACE: "eth0 up" }, '"eth0 up" is no interface name'],
    [{ ADDRFAM: "meta" }, 'address family "meta" is not of the internet'],
    [{ ADDRFAM: "can" }, 'address family "can" is not of the internet'],
    [{ METHOD: "NetworkManager" }, "NetworkManager tells of it itself"],
    [{ METHOD: "ppp" }, "pppd tells of it itself, under the kernel's name"],
    [{ METHOD: "wvdial" }, "pppd tells of it itself, under the kernel's name"],
    [{ PHASE: "pre-up" }, 'ifupdown phase "pre-up" needs nothing'],
    [{ PHASE: "pre-down", MODE: "stop" }, 'ifupdown phase "pre-down" needs nothing'],
    [{ PHASE: "" }, 'ifupdown phase "" needs nothing'],
  ])("%j", (change, reason) => expect(ignored("ifupdown", [], { ...UP, ...change })).toBe(reason));
  test("started by hand", () => expect(ignored("ifupdown", [])).toBe('ifupdown phase "" needs nothing'));
});

describe("facts", () => {
  fact("gateway", "ifupdown", [[], { ...UP, IF_GATEWAY: "192.168.1.1" }], {
    gateway4: "192.168.1.1",
    gateway6: null,
  });
  fact("gateway of IPv6", "ifupdown", [[], { ...UP, IF_GATEWAY: "2001:DB8::1" }], {
    gateway4: null,
    gateway6: "2001:db8::1",
  });
  fact("no gateway", "ifupdown", [[], { ...UP, IF_GATEWAY: "none" }], { gateway4: null, gateway6: null });
  fact("name servers", "ifupdown", [[], { ...UP, IF_DNS_NAMESERVERS: "192.168.1.1 2001:db8:0::53" }], {
    dns: ["192.168.1.1", "2001:db8::53"],
  });
  fact("name server", "ifupdown", [[], { ...UP, IF_DNS_NAMESERVER: "9.9.9.9\n1.1.1.1" }], {
    dns: ["9.9.9.9", "1.1.1.1"],
  });
});
