import { describe, expect, it } from "vitest";
import { deleteRoute, parseRoutes, type Route, replaceRoute, routeText } from "../../../lib/kernel/route.ts";

const PLAIN = { protocol: "87", scope: "0", flags: [] };

/** As iproute2 6.1 prints it, and the words that stand for it. */
const read = (title: string, json: object, expected: string, table?: number, family?: 4 | 6) =>
  it(title, () => expect(parseRoutes([json], table, family).map(routeText)).toEqual([expected]));

describe("a route as shown", () => {
  read(
    "IPv4 default",
    {
      ...PLAIN,
      type: "1",
      dst: "default",
      gateway: "192.0.2.1",
      dev: "eth0",
      table: "87001",
      prefsrc: "192.0.2.5",
      metric: 1,
    },
    "default via 192.0.2.1 dev eth0 table 87001 metric 1 proto 87 src 192.0.2.5",
  );
  read(
    "IPv6 default, told by its preference",
    { ...PLAIN, type: "1", dst: "default", dev: "ppp0", table: "87001", metric: 1, pref: "medium" },
    "::/0 dev ppp0 table 87001 metric 1 proto 87",
  );
  read(
    "IPv6 guard stands on lo",
    { ...PLAIN, type: "7", dst: "default", dev: "lo", table: "87001", metric: 4294967295, pref: "medium" },
    "unreachable ::/0 table 87001 metric 4294967295 proto 87",
  );
  read(
    "words instead of numbers",
    { ...PLAIN, type: "unreachable", dst: "default", table: "87001", metric: 4294967295 },
    "unreachable default table 87001 metric 4294967295 proto 87",
  );
  read(
    "realm and onlink",
    {
      ...PLAIN,
      type: "1",
      dst: "default",
      gateway: "192.0.2.1",
      dev: "eth0",
      table: "87000",
      metric: 257,
      flags: ["linkdown", "onlink"],
      flow: { to: "87" },
    },
    "default via 192.0.2.1 dev eth0 table 87000 metric 257 proto 87 onlink realm 87",
  );
  read(
    "an IPv6 gateway of an IPv4 route",
    { ...PLAIN, type: "1", dst: "10.0.0.0/8", via: { family: "inet6", host: "fe80::1" }, dev: "eth0" },
    "10.0.0.0/8 via fe80::1 dev eth0 table 254 metric 0 proto 87",
  );
  read(
    "the listing of one table does not name it",
    { ...PLAIN, type: "1", dst: "192.0.2.0/24", dev: "eth0", metric: 1 },
    "192.0.2.0/24 dev eth0 table 87005 metric 1 proto 87",
    87005,
    4,
  );
  read(
    "a family that is known",
    { ...PLAIN, type: "1", dst: "default", dev: "eth0", metric: 1 },
    "::/0 dev eth0 table 87005 metric 1 proto 87",
    87005,
    6,
  );
  it("what has no destination is none", () => expect(parseRoutes([{}])).toEqual([]));
  it("other types are carried, and never ours", () =>
    expect(parseRoutes([{ type: "3", dst: "192.0.2.255" }])[0]?.type).toBe("other"));
});

describe("lines for ip", () => {
  const route: Route = {
    family: 4,
    table: 87000,
    type: "unicast",
    destination: "default",
    gateway: "192.0.2.1",
    device: "eth0",
    metric: 257,
    protocol: 87,
    source: "192.0.2.5",
    onlink: true,
    realm: 87,
  };
  it("replace", () =>
    expect(replaceRoute(route)).toBe(
      "route replace default via 192.0.2.1 dev eth0 table 87000 metric 257 proto 87 src 192.0.2.5 onlink realm 87",
    ));
  it("delete, by what tells it from others", () =>
    expect(deleteRoute(route)).toBe(
      "route del default via 192.0.2.1 dev eth0 table 87000 metric 257 proto 87",
    ));
});
