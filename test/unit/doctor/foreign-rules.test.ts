import { describe, expect, it } from "vitest";
import { foreignRules } from "../../../lib/doctor/findings/foreign-rules.ts";
import type { Route } from "../../../lib/kernel/route.ts";
import { commands, facts, ids, route, rules, twoUplinks, withRule } from "./support.ts";

const house = twoUplinks();
const wg0 = route({ table: 51820, device: "wg0" });
const main = route({ table: 254, device: "eth0", gateway: "192.168.1.1" });

const rule = (json: Readonly<Record<string, unknown>>, routes: readonly Route[] = [wg0, main]) =>
  foreignRules(facts({ house, routes, rules: withRule({ src: "all", priority: 100, ...json }) }));

describe("a rule before the choice", () => {
  it("into main ends it", () => expect(ids(rule({ table: "254" }))).toEqual(["error rule-before-choice"]));
  it("into main without its default is harmless", () =>
    expect(rule({ table: "254", suppress_prefixlen: 0 })).toEqual([]));
  it("into a main that has no default is harmless", () => expect(rule({ table: "254" }, [])).toEqual([]));
  it("into a tunnel's table is a VPN", () =>
    expect(ids(rule({ table: "51820" }))).toEqual(["note tunnel-takes-all"]));
  it("as wg-quick makes it is a VPN", () =>
    expect(ids(rule({ not: null, fwmark: "0xca6c", table: "51820" }))).toEqual(["note tunnel-takes-all"]));
  it("into an empty table is harmless", () => expect(rule({ table: "52" })).toEqual([]));
  it("into a table that leads out by an uplink ends it", () =>
    expect(ids(rule({ table: "200" }, [route({ table: 200, device: "usb0" })]))).toEqual([
      "error rule-before-choice",
    ]));
  it("behind the choice is harmless", () => expect(rule({ table: "254", priority: 32766 })).toEqual([]));
  it("of Waymark's own is none", () => expect(rule({ table: "254", protocol: "87" })).toEqual([]));
  it("for a source ties it to an uplink", () =>
    expect(
      ids(rule({ src: "10.0.0.0", srclen: 24, table: "200" }, [route({ table: 200, device: "usb0" })])),
    ).toEqual(["warning rule-fixes-uplink"]));
  it("for a source into a tunnel is the tunnel's", () =>
    expect(rule({ src: "10.0.0.0", srclen: 24, table: "51820" })).toEqual([]));
  it("for a mark into main is told", () =>
    expect(ids(rule({ fwmark: "0x80000", fwmask: "0xff0000", table: "254" }))).toEqual([
      "note marked-packets-by-main",
    ]));
  it("that refuses all ends it", () =>
    expect(ids(rule({ action: "7" }))).toEqual(["error rule-refuses-all"]));
  it("is told in the words of ip rule", () => {
    expect(rule({ action: "7" })[0]?.found).toEqual(["ip rule 100: from all unreachable"]);
    expect(
      rule({ src: "10.0.0.0", srclen: 24, iif: "eth1", table: "200" }, [
        route({ table: 200, device: "usb0" }),
      ])[0]?.found,
    ).toEqual(["ip rule 100: from 10.0.0.0/24 iif eth1 lookup 200", "table 200: default dev usb0"]);
  });
  it("that refuses some is somebody's wish", () =>
    expect(rule({ action: "7", dst: "10.0.0.0", dstlen: 8 })).toEqual([]));
  it("that jumps over the choice ends it", () =>
    expect(ids(rule({ goto: 32766 }))).toEqual(["error rule-refuses-all"]));
  it("that jumps to a place before it is harmless", () => expect(rule({ goto: 30000 })).toEqual([]));
  it("is deleted by its priority", () =>
    expect(commands(rule({ table: "254" }))).toEqual(["ip rule del priority 100"]));
  it("is not looked at without a configuration", () =>
    expect(
      foreignRules(facts({ rules: withRule({ priority: 1, src: "all", table: "254" }), routes: [main] })),
    ).toEqual([]));
});

describe("the rule for local addresses", () => {
  const local = (...json: readonly unknown[]) => foreignRules(facts({ house, rules: rules(4, json) }));
  const LATE = ["error local-rule-late"];

  it("comes first", () => expect(local({ priority: 0, src: "all", table: "255" })).toEqual([]));
  it("may stand a little later", () =>
    expect(local({ priority: 100, src: "all", table: "255" })).toEqual([]));
  it("must not stand behind ours", () =>
    expect(ids(local({ priority: 32765, src: "all", table: "255" }))).toEqual(LATE));
  it("must be there", () => expect(ids(local({ priority: 32766, src: "all", table: "254" }))).toEqual(LATE));
  it("must be for all", () =>
    expect(ids(local({ priority: 0, src: "all", iif: "eth0", table: "255" }))).toEqual(LATE));
});

describe("halves of a default route in main", () => {
  const half = (destination: string) => route({ destination, device: "tun0" });

  it("are a VPN", () =>
    expect(
      ids(foreignRules(facts({ house, routes: [half("0.0.0.0/1"), half("128.0.0.0/1"), main] }))),
    ).toEqual(["note tunnel-takes-all"]));
  it("are not a network", () =>
    expect(foreignRules(facts({ house, routes: [half("10.0.0.0/8"), main] }))).toEqual([]));
});
