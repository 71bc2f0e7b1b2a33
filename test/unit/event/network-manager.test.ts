import { describe, expect, test } from "vitest";
import { NO_FACTS } from "../../../lib/event/event.ts";
import { event, fact, ignored } from "./support.ts";

const UP = ["eth0", "up"];

describe("actions", () => {
  test.each([
    ["up", "up"],
    ["vpn-up", "up"],
    ["down", "down"],
    ["vpn-down", "down"],
    ["pre-up", "change"],
    ["pre-down", "change"],
    ["dhcp4-change", "change"],
    ["dhcp6-change", "change"],
    ["reapply", "change"],
  ])("%s", (action, kind) =>
    expect(event("nm-dispatcher", ["eth0", action])).toMatchObject({ kind, interface: "eth0" }),
  );
  test("connectivity-change concerns all", () =>
    expect(
      event("nm-dispatcher", ["", "connectivity-change"], { DEVICE_IFACE: "eth0", IP4_GATEWAY: "10.0.0.1" }),
    ).toEqual({
      source: "nm-dispatcher",
      kind: "change",
      interface: null,
      facts: NO_FACTS,
    }));
  test("connectivity-change of one", () =>
    expect(event("nm-dispatcher", ["eth0", "connectivity-change"]).interface).toBe("eth0"));
  test.each([
    "hostname",
    "dns-change",
    "device-add",
    "device-delete",
    "some-future-action",
    "",
    "constructor",
  ])("%j is ignored", (action) =>
    expect(ignored("nm-dispatcher", ["eth0", action])).toContain("needs nothing"),
  );
  test("no arguments", () => expect(ignored("nm-dispatcher", [])).toContain("needs nothing"));
});

describe("interface", () => {
  test("the argument, not DEVICE_IFACE", () =>
    expect(event("nm-dispatcher", ["wwan0", "up"], { DEVICE_IFACE: "cdc-wdm0" }).interface).toBe("wwan0"));
  test("DEVICE_IP_IFACE", () =>
    expect(
      event("nm-dispatcher", ["", "up"], { DEVICE_IFACE: "cdc-wdm0", DEVICE_IP_IFACE: "wwan0" }).interface,
    ).toBe("wwan0"));
  test("VPN_IP_IFACE", () =>
    expect(
      event("nm-dispatcher", ["", "vpn-up"], { DEVICE_IP_IFACE: "eth0", VPN_IP_IFACE: "tun0" }).interface,
    ).toBe("tun0"));
  test("DEVICE_IFACE", () =>
    expect(event("nm-dispatcher", ["", "down"], { DEVICE_IFACE: "eth0" }).interface).toBe("eth0"));
  test("lo", () => expect(ignored("nm-dispatcher", ["lo", "up"])).toBe("lo is never an uplink"));
  test("none", () =>
    expect(ignored("nm-dispatcher", ["none", "up"])).toBe("NetworkManager names no interface"));
  test("nothing", () => expect(ignored("nm-dispatcher", ["", "up"])).toBe("no interface named"));
  test("hostile", () =>
    expect(ignored("nm-dispatcher", ["../../x", "up"])).toContain("is no interface name"));
});

describe("gateways", () => {
  const ROUTES = "10.5.0.0/16 192.168.77.9 0.0.0.0/0 192.168.77.1";
  const gateway = (env: Record<string, string>) => event("nm-dispatcher", UP, env).facts.gateway4;
  test("IP4_GATEWAY", () =>
    expect(gateway({ IP4_GATEWAY: "10.0.0.1", DHCP4_ROUTERS: "10.0.0.2" })).toBe("10.0.0.1"));
  test("DHCP4_ROUTERS", () =>
    expect(gateway({ IP4_GATEWAY: "0.0.0.0", DHCP4_ROUTERS: "10.0.0.2 10.0.0.3" })).toBe("10.0.0.2"));
  test("classless routes", () =>
    expect(gateway({ DHCP4_RFC3442_CLASSLESS_STATIC_ROUTES: ROUTES })).toBe("192.168.77.1"));
  test("classless routes without a default", () =>
    expect(gateway({ DHCP4_RFC3442_CLASSLESS_STATIC_ROUTES: "10.5.0.0/16 192.168.77.9" })).toBeNull());
  test("classless routes cut off", () =>
    expect(gateway({ DHCP4_RFC3442_CLASSLESS_STATIC_ROUTES: "0.0.0.0/0" })).toBeNull());
  test("0.0.0.0 is none", () => expect(gateway({ IP4_GATEWAY: "0.0.0.0" })).toBeNull());
  fact("IPv6", "nm-dispatcher", [UP, { IP6_GATEWAY: "fe80::0001" }], { gateway6: "fe80::1" });
  test.each(["0.0.0.0", "::", "10.0.0.1", "fe80::1%eth0", "ff02::1"])("no IPv6 gateway: %s", (IP6_GATEWAY) =>
    expect(event("nm-dispatcher", UP, { IP6_GATEWAY }).facts.gateway6).toBeNull(),
  );
});

describe("addresses and name servers", () => {
  fact("IPv4", "nm-dispatcher", [UP, { IP4_ADDRESS_0: "192.168.77.100/24 192.168.77.1" }], {
    local4: "192.168.77.100",
  });
  fact("IPv6", "nm-dispatcher", [UP, { IP6_ADDRESS_0: "2001:DB8::5/64 ::" }], { local6: "2001:db8::5" });
  fact(
    "IPv6, link-local first",
    "nm-dispatcher",
    [UP, { IP6_ADDRESS_0: "fe80::5/64 ::", IP6_ADDRESS_1: "2001:db8::5/64 ::" }],
    {
      local6: "2001:db8::5",
    },
  );
  fact("IPv6, link-local alone", "nm-dispatcher", [UP, { IP6_ADDRESS_0: "fe80::5/64 0.0.0.0" }], {
    local6: "fe80::5",
  });
  fact("none", "nm-dispatcher", [UP, { IP4_ADDRESS_0: "x", IP6_ADDRESS_0: "0.0.0.0" }], NO_FACTS);
  fact(
    "both families",
    "nm-dispatcher",
    [UP, { IP4_NAMESERVERS: "9.9.9.9 8.8.8.8", IP6_NAMESERVERS: "2620:fe::fe" }],
    {
      dns: ["9.9.9.9", "8.8.8.8", "2620:fe::fe"],
    },
  );
  fact(
    "URI forms",
    "nm-dispatcher",
    [UP, { IP4_NAMESERVERS: "dns+tls://9.9.9.9 1.1.1.1#one.one.one.one 8.8.8.8" }],
    {
      dns: ["8.8.8.8"],
    },
  );
  fact("of the lease", "nm-dispatcher", [UP, { DHCP4_DOMAIN_NAME_SERVERS: "10.0.0.1" }], {
    dns: ["10.0.0.1"],
  });
  fact(
    "of the lease, overridden",
    "nm-dispatcher",
    [UP, { IP4_NAMESERVERS: "9.9.9.9", DHCP4_DOMAIN_NAME_SERVERS: "10.0.0.1" }],
    {
      dns: ["9.9.9.9"],
    },
  );
  const MANY = Array.from({ length: 20 }, (_, index) => `10.0.0.${index + 1}`);
  fact("at most 8", "nm-dispatcher", [UP, { IP4_NAMESERVERS: MANY.join(" ") }], { dns: MANY.slice(0, 8) });
});

describe("a VPN does not get the facts of the device below it", () => {
  const BELOW = {
    IP4_GATEWAY: "192.168.1.1",
    IP4_ADDRESS_0: "192.168.1.5/24 192.168.1.1",
    DHCP4_ROUTERS: "192.168.1.1",
  };
  fact("none of its own", "nm-dispatcher", [["tun0", "vpn-up"], BELOW], NO_FACTS);
  fact(
    "its own",
    "nm-dispatcher",
    [
      ["tun0", "vpn-up"],
      {
        ...BELOW,
        VPN_IP4_ADDRESS_0: "10.8.0.6/32 10.8.0.5",
        VPN_IP4_GATEWAY: "10.8.0.5",
        VPN_IP4_NAMESERVERS: "10.8.0.1",
      },
    ],
    { local4: "10.8.0.6", gateway4: "10.8.0.5", dns: ["10.8.0.1"] },
  );
});
