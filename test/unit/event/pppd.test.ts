import { describe, expect, test } from "vitest";
import { event, fact, ignored } from "./support.ts";

const UP = ["ppp0", "wan0", "0", "10.9.0.10", "10.9.0.1", "wan-dsl"];
const UP6 = ["ppp0", "wan0", "0", "fe80::08ad:c9c2:9a6d:0c4a", "fe80::0001", ""];
const remote = (address: string) => ["ppp3", "", "0", "10.0.0.2", address, ""];

describe("interface and kind", () => {
  test("up", () => expect(event("ppp-ip-up", UP)).toMatchObject({ kind: "up", interface: "ppp0" }));
  test("down", () => expect(event("ppp-ip-down", UP)).toMatchObject({ kind: "down", interface: "ppp0" }));
  test("ipv6-down is down", () => expect(event("ppp-ip-down", UP6).kind).toBe("down"));
  test("the argument counts first", () =>
    expect(event("ppp-ip-up", UP, { PPP_IFACE: "ppp1", IFNAME: "ppp2" }).interface).toBe("ppp0"));
  test("then PPP_IFACE", () =>
    expect(event("ppp-ip-up", [], { PPP_IFACE: "ppp1", IFNAME: "ppp2" }).interface).toBe("ppp1"));
  test("then IFNAME", () => expect(event("ppp-ip-up", [""], { IFNAME: "ppp2" }).interface).toBe("ppp2"));
  test("none", () => expect(ignored("ppp-ip-up", [])).toBe("no interface named"));
  test("hostile", () => expect(ignored("ppp-ip-up", ["ppp0;id"])).toBe('"ppp0;id" is no interface name'));
});

describe("sessions of NetworkManager", () => {
  const withParam = (ipparam: string) => ["ppp0", "", "0", "10.0.0.2", "10.0.0.1", ipparam];
  test.each(["/org/freedesktop/NetworkManager/PPP/0", "nm-l2tp-service-3021", "nm-pptp-service-99"])(
    "%s",
    (ipparam) => expect(ignored("ppp-ip-up", withParam(ipparam))).toContain("NetworkManager"),
  );
  test("also by PPP_IPPARAM", () =>
    expect(ignored("ppp-ip-down", ["ppp0"], { PPP_IPPARAM: "nm-l2tp-service-1" })).toContain(
      "NetworkManager",
    ));
  test("a peer called nm-line is not", () =>
    expect(event("ppp-ip-up", withParam("nm-line")).facts.peerNames).toEqual(["nm-line"]));
});

describe("addresses", () => {
  fact("both ends", "ppp-ip-up", [UP, {}], { local4: "10.9.0.10", gateway4: "10.9.0.1" });
  fact(
    "from PPP_LOCAL and PPP_REMOTE",
    "ppp-ip-up",
    [["ppp0"], { PPP_LOCAL: "10.0.0.2", PPP_REMOTE: "10.0.0.1" }],
    {
      local4: "10.0.0.2",
      gateway4: "10.0.0.1",
    },
  );
  fact("from IPLOCAL and IPREMOTE", "ppp-ip-up", [["ppp0"], { IPLOCAL: "10.0.0.2", IPREMOTE: "10.0.0.1" }], {
    local4: "10.0.0.2",
    gateway4: "10.0.0.1",
  });
  fact("no address", "ppp-ip-up", [["ppp0", "", "", "0.0.0.0", "`id`", ""], {}], {
    local4: null,
    gateway4: null,
  });
  fact("IPv6 is canonical", "ppp-ip-up", [UP6, {}], {
    local6: "fe80::8ad:c9c2:9a6d:c4a",
    gateway6: "fe80::1",
    local4: null,
    gateway4: null,
  });
  const STALE = { IPLOCAL: "10.9.0.10", IPREMOTE: "10.9.0.1", DNS1: "9.9.9.9" };
  fact("IPv6 takes nothing of the last session", "ppp-ip-up", [UP6, STALE], {
    local4: null,
    gateway4: null,
    dns: [],
  });
  fact("IPv4 takes nothing of IPv6", "ppp-ip-up", [UP, { LLLOCAL: "fe80::1", LLREMOTE: "fe80::2" }], {
    local6: null,
    gateway6: null,
  });
});

describe("placeholders for a far end without address are no gateways", () => {
  test.each(["10.64.64.64", "10.64.64.67", "10.64.65.63", "10.112.112.112", "10.112.113.111"])(
    "%s",
    (address) => expect(event("ppp-ip-up", remote(address)).facts.gateway4).toBeNull(),
  );
  test.each(["10.64.64.63", "10.64.65.64", "10.112.112.111", "10.112.113.112"])("%s is one", (address) =>
    expect(event("ppp-ip-up", remote(address)).facts.gateway4).toBe(address),
  );
});

describe("names", () => {
  const names = (env: Record<string, string>, ipparam = "") =>
    event("ppp-ip-up", ["ppp0", "", "", "", "", ipparam], env).facts.peerNames;
  test("none", () => expect(names({})).toEqual([]));
  test("all of them", () =>
    expect(names({ CALL_FILE: "dsl", LINKNAME: "link" }, "wan")).toEqual(["dsl", "link", "wan"]));
  test("each once", () => expect(names({ CALL_FILE: "dsl", LINKNAME: "dsl" }, "dsl")).toEqual(["dsl"]));
  test("path and base name", () => expect(names({ CALL_FILE: "sub/dsl" })).toEqual(["sub/dsl", "dsl"]));
  test("base name missing", () => expect(names({ CALL_FILE: "sub/" })).toEqual(["sub/"]));
  test("not ASCII", () => expect(names({ LINKNAME: "büro" })).toEqual(["büro"]));
  test("64 characters", () => expect(names({}, "x".repeat(64))).toHaveLength(1));
  test("65 characters", () => expect(names({}, "x".repeat(65))).toEqual([]));
  test("shell text is a name like any other", () => expect(names({}, "$(id)")).toEqual(["$(id)"]));
  test.each(["a\nb", "a\u001b[2J", "a\u202eb", "a\u2028b", "\ud800"])("not printable: %j", (name) =>
    expect(names({}, name)).toEqual([]),
  );
});

describe("process and name servers", () => {
  fact("process", "ppp-ip-up", [UP, { PPPD_PID: "4242" }], { pppdPid: 4242 });
  test.each(["", "0", "-1", "1e3", "0x10", "4194305", "99999999999999999999"])("no process: %j", (PPPD_PID) =>
    expect(event("ppp-ip-up", UP, { PPPD_PID }).facts.pppdPid).toBeNull(),
  );
  fact("name servers", "ppp-ip-up", [UP, { DNS1: "9.9.9.9", DNS2: "149.112.112.112" }], {
    dns: ["9.9.9.9", "149.112.112.112"],
  });
  fact("the same twice", "ppp-ip-up", [UP, { DNS1: "9.9.9.9", DNS2: "9.9.9.9" }], { dns: ["9.9.9.9"] });
  fact("no name server", "ppp-ip-up", [UP, { DNS1: "0.0.0.0", DNS2: "x" }], { dns: [] });
});
