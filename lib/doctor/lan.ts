/** Which devices lead to LAN clients, and whether this machine is meant to route for them. */

import type { Device, Facts } from "./facts.ts";

const INNER =
  /^(docker|veth|br-|virbr|vnet|lxc|lxdbr|cni|flannel|cali|podman|dummy|ifb|tun|tap|wg|tailscale|zt)/;

/** Devices with an IPv4 address behind which LAN clients may be: no uplinks, tunnels, or bridges of containers. */
export function lanDevices({ devices, house }: Facts): string[] {
  const uplinks = new Set((house?.uplinks ?? []).map(({ interface: name }) => name));
  const isLan = (device: Device) =>
    device.up &&
    device.name !== "lo" &&
    device.master === null &&
    !device.pointToPoint &&
    !INNER.test(device.name) &&
    !uplinks.has(device.name) &&
    device.addresses.some(({ family, usable }) => family === 4 && usable);
  return devices.filter(isLan).map(({ name }) => name);
}

/**
 * Whether this machine routes: the file says so, or the kernel does it and there is a LAN. A machine with containers
 * forwards for them, which says nothing of a LAN.
 */
export function routes(facts: Facts): boolean {
  const { config } = facts.house ?? {};
  if (config?.router.forward === true || config?.uplinks.some(({ lan }) => lan) === true) return true;
  if (facts.devices.some(({ name, kind }) => kind === "bridge" && INNER.test(name))) return false;
  return facts.settings["/proc/sys/net/ipv4/ip_forward"] === "1" && lanDevices(facts).length > 0;
}
