import { describe, expect, it } from "vitest";
import type { Link } from "../../../lib/kernel/link.ts";
import type { Route } from "../../../lib/kernel/route.ts";
import { choiceInForce } from "../../../lib/plan/in-force.ts";
import { aKernel, aLink, mainDefault, planOf, uplink } from "./support.ts";

const THREE =
  uplink("eth0", 'gateway = "192.0.2.1"\ntier = 1') +
  uplink("eth1", 'gateway = "198.51.100.1"\ntier = 2') +
  uplink("eth2", 'gateway = "203.0.113.1"\ntier = 2');
const LINKS = [
  aLink("eth0", ["192.0.2.5/24"]),
  aLink("eth1", ["198.51.100.5/24"]),
  aLink("eth2", ["203.0.113.5/24"]),
];
const choice = (device: string, metric: number, how: Partial<Route> = {}) =>
  mainDefault(device, null, { table: 87000, metric, ...how });

const inForce = (
  title: string,
  routes: readonly Route[],
  expected: readonly string[],
  links: readonly Link[] = LINKS,
) =>
  it(title, () =>
    expect(choiceInForce(planOf(THREE, { links }).uplinks, { ...aKernel({ links }), routes })).toEqual(
      expected,
    ),
  );

const ALL = [choice("eth0", 256), choice("eth1", 513), choice("eth2", 514)];
const lost = (...names: string[]) =>
  LINKS.map((link) => (names.includes(link.name) ? { ...link, carrier: false } : link));

describe("the choice in force", () => {
  inForce("is the best default route that the kernel has", ALL, ["eth0"]);
  inForce("not what is still to come", ALL.slice(1), ["eth1", "eth2"]);
  inForce("what the kernel passes over for want of a carrier is not", ALL, ["eth1", "eth2"], lost("eth0"));
  inForce("nor one of a tier", ALL, ["eth2"], lost("eth0", "eth1"));
  inForce(
    "what is still there is, though it is to go",
    [choice("eth0", 1280), ...ALL.slice(1)],
    ["eth1", "eth2"],
  );
  inForce("is nothing where there are none", [], []);
  inForce("nor of other tables", [mainDefault("eth0", null)], []);
  inForce("nor of a guard", [choice("eth0", 4_294_967_295, { type: "unreachable", device: null })], []);
  inForce("is IPv6's where IPv4 has none", [choice("eth1", 513, { family: 6 })], ["eth1"]);
});
