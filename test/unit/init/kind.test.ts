import { expect, it } from "vitest";
import { kindOf, type Traits } from "../../../lib/init/kind.ts";

const kind = (name: string, rest: Partial<Traits> = {}) =>
  kindOf({ name, linkKind: null, wireless: false, deviceType: null, driver: null, ...rest });

const FACTS: readonly (readonly [string, Partial<Traits>, string])[] = [
  ["eth0", {}, "ethernet"],
  ["enp3s0", { driver: "e1000e" }, "ethernet"],
  ["eth0", { linkKind: "veth" }, "ethernet"],
  ["veth12", { linkKind: "veth" }, "virtual"],
  ["eth0.7", { linkKind: "vlan" }, "ethernet"],
  ["wan", {}, "ethernet"],
  ["bond0", { linkKind: "bond" }, "ethernet"],
  ["wlan0", {}, "wifi"],
  ["wlp2s0", { wireless: true }, "wifi"],
  ["ath0", { deviceType: "wlan" }, "wifi"],
  ["usb0", {}, "mobile"],
  ["wwan0", { deviceType: "wwan" }, "mobile"],
  ["enx0", { driver: "rndis_host" }, "mobile"],
  ["enx1", { driver: "r8152" }, "ethernet"],
  ["br0", { linkKind: "bridge" }, "bridge"],
  ["docker0", { linkKind: "bridge" }, "virtual"],
  ["br-1a2b", { linkKind: "bridge" }, "virtual"],
  ["virbr0", { linkKind: "bridge" }, "virtual"],
  ["wg0", { linkKind: "wireguard" }, "tunnel"],
  ["home", { linkKind: "wireguard" }, "tunnel"],
  ["tun0", { linkKind: "tun" }, "tunnel"],
  ["tailscale0", { linkKind: "tun" }, "tunnel"],
  ["lo", {}, "virtual"],
  ["dummy0", { linkKind: "dummy" }, "virtual"],
];
for (const [name, rest, expected] of FACTS) {
  it(`${name} ${JSON.stringify(rest)}: ${expected}`, () => expect(kind(name, rest)).toBe(expected));
}
