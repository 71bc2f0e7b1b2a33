import { describe, expect, test } from "vitest";
import { NO_FACTS } from "../../../lib/event/event.ts";
import { event, fact, ignored } from "./support.ts";

const dhclient = (env: Readonly<Record<string, string>>) =>
  [[], { reason: "BOUND", interface: "eth0", ...env }] as const;
const dhcpcd = dhclient;

describe("dhclient", () => {
  test("a lease", () =>
    expect(
      event(
        "dhclient",
        ...dhclient({
          new_ip_address: "192.0.2.54",
          new_routers: "192.0.2.1 192.0.2.2",
          new_domain_name_servers: "192.0.2.53 198.51.100.53",
        }),
      ),
    ).toEqual({
      source: "dhclient",
      kind: "up",
      interface: "eth0",
      facts: {
        ...NO_FACTS,
        local4: "192.0.2.54",
        gateway4: "192.0.2.1",
        dns: ["192.0.2.53", "198.51.100.53"],
      },
    }));
  test.each(["RENEW", "REBIND", "REBOOT", "BOUND6", "RENEW6", "REBIND6"])("up: %s", (reason) =>
    expect(event("dhclient", [], { reason, interface: "eth0" }).kind).toBe("up"),
  );
  test.each(["EXPIRE", "FAIL", "RELEASE", "STOP", "EXPIRE6", "RELEASE6", "STOP6"])("down: %s", (reason) =>
    expect(event("dhclient", [], { reason, interface: "eth0" }).kind).toBe("down"),
  );
  test.each(["TIMEOUT", "DEPREF6"])("change: %s", (reason) =>
    expect(event("dhclient", [], { reason, interface: "eth0" }).kind).toBe("change"),
  );
  test.each(["PREINIT", "PREINIT6", "ARPCHECK", "MEDIUM", "NBI", "V6ONLY", "bound", "6", "BOUND66"])(
    "nothing: %s",
    (reason) =>
      expect(ignored("dhclient", [], { reason, interface: "eth0" })).toBe(
        `dhclient reason "${reason}" needs nothing`,
      ),
  );
  test("no reason", () => expect(ignored("dhclient", [], {})).toBe('dhclient reason "" needs nothing'));
  test("no interface", () => expect(ignored("dhclient", [], { reason: "BOUND" })).toBe("no interface named"));
  test("lo", () =>
    expect(ignored("dhclient", [], { reason: "BOUND", interface: "lo" })).toBe("lo is never an uplink"));
  test("a name that is none", () =>
    expect(ignored("dhclient", [], { reason: "BOUND", interface: "eth0;reboot" })).toMatch(
      /no interface name/,
    ));
  test("arguments are the caller's own", () =>
    expect(event("dhclient", ["wlan0", "down"], dhclient({})[1]).interface).toBe("eth0"));

  const lease = { new_routers: "192.0.2.1" };
  const routes = (text: string) => dhclient({ ...lease, new_rfc3442_classless_static_routes: text });
  fact("a router among classless routes", "dhclient", routes("16 10 5 192 0 2 9 0 192 0 2 7"), {
    gateway4: "192.0.2.7",
  });
  fact(
    "classless routes without one: the other option does not count",
    "dhclient",
    routes("8 10 192 0 2 9"),
    {
      gateway4: null,
    },
  );
  fact("a default on the link itself", "dhclient", routes("0 0 0 0 0"), { gateway4: null });
  fact("a host route before it", "dhclient", routes("32 10 5 6 7 192 0 2 9 0 192 0 2 7"), {
    gateway4: "192.0.2.7",
  });
  fact("classless routes cut short", "dhclient", routes("0 192 0 2"), { gateway4: null });
  fact("a length that is none", "dhclient", routes("33 192 0 2 9 0 192 0 2 7"), { gateway4: "192.0.2.1" });
  fact("no classless routes after all", "dhclient", routes(" "), { gateway4: "192.0.2.1" });
  fact("a router that is no host", "dhclient", dhclient({ new_routers: "0.0.0.0 192.0.2.1" }), {
    gateway4: "192.0.2.1",
  });
  fact("no lease", "dhclient", dhclient({}), NO_FACTS);
  fact(
    "IPv6",
    "dhclient",
    dhclient({ new_ip6_address: "2001:DB8::149", new_dhcp6_name_servers: "2001:db8::53 fe80::1%eth0" }),
    { local4: null, local6: "2001:db8::149", gateway6: null, dns: ["2001:db8::53"] },
  );
});

describe("dhcpcd", () => {
  fact(
    "a lease",
    "dhcpcd",
    dhcpcd({
      new_ip_address: "192.0.2.56",
      new_routers: "192.0.2.1",
      new_classless_static_routes: "10.5.0.0/16 192.0.2.9 0.0.0.0/0 192.0.2.7",
      new_domain_name_servers: "192.0.2.53",
    }),
    { local4: "192.0.2.56", gateway4: "192.0.2.7", dns: ["192.0.2.53"] },
  );
  fact("no default", "dhcpcd", dhcpcd({ new_classless_static_routes: "10.5.0.0/16 192.0.2.9" }), {
    gateway4: null,
  });
  fact("a network without its router", "dhcpcd", dhcpcd({ new_classless_static_routes: "0.0.0.0/0" }), {
    gateway4: null,
  });
  const advertised = { reason: "ROUTERADVERT", nd1_from: "fe80::1", nd1_addr1: "2001:db8::7/64" };
  fact(
    "a router",
    "dhcpcd",
    dhcpcd({ ...advertised, nd1_lifetime: "1800", nd1_rdnss1_servers: "2001:db8::53" }),
    {
      local6: "2001:db8::7",
      gateway6: "fe80::1",
      dns: ["2001:db8::53"],
    },
  );
  fact("a router that is no way out", "dhcpcd", dhcpcd({ ...advertised, nd1_lifetime: "0" }), {
    local6: "2001:db8::7",
    gateway6: null,
  });
  fact(
    "DHCPv6",
    "dhcpcd",
    dhcpcd({
      reason: "BOUND6",
      new_dhcp6_ia_na1_ia_addr1: "2001:db8::11f",
      new_dhcp6_name_servers: "2001:db8::53",
    }),
    { local6: "2001:db8::11f", dns: ["2001:db8::53"] },
  );
  test.each(["CARRIER", "BOUND", "RENEW6", "REBOOT", "STATIC", "INFORM6", "IPV4LL"])("up: %s", (reason) =>
    expect(event("dhcpcd", [], { reason, interface: "eth0" }).kind).toBe("up"),
  );
  test.each(["NOCARRIER", "EXPIRE6", "STOP", "STOPPED", "RELEASE", "DEPARTED", "NAK", "FAIL"])(
    "down: %s",
    (reason) => expect(event("dhcpcd", [], { reason, interface: "eth0" }).kind).toBe("down"),
  );
  test.each(["ROUTERADVERT", "NOCARRIER_ROAMING", "DELEGATED6", "3RDPARTY", "RECONFIGURE"])(
    "change: %s",
    (reason) => expect(event("dhcpcd", [], { reason, interface: "eth0" }).kind).toBe("change"),
  );
  test.each(["PREINIT", "TEST", "DUMP", "UNKNOWN", ""])("nothing: %j", (reason) =>
    expect(ignored("dhcpcd", [], { reason, interface: "eth0" })).toMatch(/needs nothing$/),
  );
});
