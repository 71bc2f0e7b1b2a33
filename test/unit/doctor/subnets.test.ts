import { describe, expect, it } from "vitest";
import type { Facts, Neighbour } from "../../../lib/doctor/facts.ts";
import { subnets } from "../../../lib/doctor/findings/subnets.ts";
import { aLink, mainDefault } from "../plan/support.ts";
import { device, facts, house, ids, TWO, twoUplinks } from "./support.ts";

/** Two Ethernet uplinks with these addresses and gateways. */
const at = (a: string, gatewayA: string, b: string, gatewayB: string) =>
  house(TWO, {
    links: [aLink("eth0", [a]), aLink("usb0", [b])],
    main: [mainDefault("eth0", gatewayA), mainDefault("usb0", gatewayB, { metric: 200 })],
  });
const SAME = at("192.168.1.5/24", "192.168.1.1", "192.168.1.6/24", "192.168.1.1");
const box = (name: string, hardware: string): Neighbour => ({
  address: "192.168.1.1",
  device: name,
  hardware,
});
const look = (how: Partial<Facts>) => ids(subnets(facts(how)));

describe("two uplinks in one range", () => {
  it("are two boxes when their gateways' hardware differs", () =>
    expect(look({ house: SAME, neighbours: [box("eth0", "02::01"), box("usb0", "02::02")] })).toEqual([
      "error two-boxes-one-range",
    ]));
  it("are one LAN when it is the same", () =>
    expect(look({ house: SAME, neighbours: [box("eth0", "02::01"), box("usb0", "02::01")] })).toEqual([]));
  it("are taken for one LAN while it is not known", () => {
    expect(look({ house: SAME })).toEqual([]);
    expect(look({ house: SAME, neighbours: [box("eth0", "02::01")] })).toEqual([]);
    expect(look({ house: SAME, neighbours: [box("eth0", "02::01"), box("eth1", "02::02")] })).toEqual([]);
  });
  it("with two gateways overlap", () =>
    expect(look({ house: at("192.168.1.5/24", "192.168.1.1", "192.168.1.6/24", "192.168.1.254") })).toEqual([
      "warning uplinks-overlap",
    ]));
  it("of different sizes overlap", () =>
    expect(look({ house: at("192.168.1.5/16", "192.168.0.1", "192.168.7.6/24", "192.168.7.1") })).toEqual([
      "warning uplinks-overlap",
    ]));
  it("of their own do not", () => expect(look({ house: twoUplinks() })).toEqual([]));
});

describe("the LAN", () => {
  const lan = (address: string, name = "eth1") =>
    look({ house: twoUplinks(), devices: [device(name, {}, [address])] });

  it("has a range of its own", () => expect(lan("10.0.0.1/24")).toEqual([]));
  it("has the range of an uplink", () =>
    expect(lan("192.168.1.77/24")).toEqual(["error lan-overlaps-uplink"]));
  it("has a range around that of an uplink", () => expect(lan("192.168.1.77/16")).toHaveLength(2));
  it("has a range within that of an uplink", () =>
    expect(lan("192.168.42.129/25")).toEqual(["error lan-overlaps-uplink"]));
  it("is not a bridge of containers", () => expect(lan("192.168.1.77/24", "docker0")).toEqual([]));
});
