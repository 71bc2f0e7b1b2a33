/** What a network device is, by what the kernel and sysfs tell of it. */

import type { Kind } from "./facts.ts";

export interface Traits {
  readonly name: string;
  /** `info_kind` of `ip -d link`: veth, bridge, tun, wireguard …; null: hardware. */
  readonly linkKind: string | null;
  /** There is a directory /sys/class/net/NAME/wireless. */
  readonly wireless: boolean;
  /** DEVTYPE of /sys/class/net/NAME/uevent. */
  readonly deviceType: string | null;
  /** The driver behind /sys/class/net/NAME/device; null: none. */
  readonly driver: string | null;
}

/** Drivers of modems and telephones on USB; those of mere Ethernet adapters (r8152, asix, ax88179) are not here. */
const MOBILE_DRIVERS = [
  "cdc_mbim",
  "qmi_wwan",
  "huawei_cdc_ncm",
  "rndis_host",
  "sierra_net",
  "ipheth",
  "hso",
];

/** Names that programs give to devices which lead to containers, guests or over other uplinks. */
const VIRTUAL = /^(docker|veth|br-|virbr|vnet|lxc|lxdbr|cni|flannel|podman|dummy|ifb|p2p-)/;
const TUNNEL = /^(tun|tap|wg|tailscale|ppp|zt|nordlynx|proton|gre|sit|ip6tnl)/;

/** The kind of a device. Names that hardware has count as hardware, so that a container's eth0 is one. */
export function kindOf(traits: Traits): Kind {
  const { name, linkKind, driver } = traits;
  if (name === "lo") return "virtual";
  if (traits.wireless || traits.deviceType === "wlan" || /^wl/.test(name)) return "wifi";
  if (traits.deviceType === "wwan" || /^(ww|usb)/.test(name)) return "mobile";
  if (driver !== null && MOBILE_DRIVERS.includes(driver)) return "mobile";
  if (/^(eth|en)/.test(name)) return "ethernet";
  if (VIRTUAL.test(name)) return "virtual";
  if (linkKind === "bridge") return "bridge";
  if (TUNNEL.test(name) || linkKind === "wireguard" || linkKind === "tun") return "tunnel";
  if (linkKind === null || ["vlan", "bond", "team", "macvlan", "ipvlan"].includes(linkKind))
    return "ethernet";
  return "virtual";
}
