/** Which DHCP clients look after which devices, as their processes and files show it. */

import type { Device, Facts } from "./facts.ts";
import { linesOf } from "./lines.ts";
import { processesOf } from "./units.ts";

const DHCPCD_CONF = "/etc/dhcpcd.conf";

/** Clients that look after a device now. */
export function dhcpClients(facts: Facts, device: Device): string[] {
  const words = (program: string) => processesOf(facts, program).map((process) => process.words);
  const named = (program: string) => words(program).some((list) => list.slice(1).includes(device.name));
  // NetworkManager can have dhclient do the work.
  const ownDhclient = words("dhclient").some(
    (list) => list.includes(device.name) && !list.some((word) => word.includes("nm-dhcp-helper")),
  );
  return [
    ...(facts.networkManager?.[device.name] === "connected" ? ["NetworkManager"] : []),
    ...(ownDhclient ? ["dhclient"] : []),
    ...(dhcpcdDevices(facts).includes(device.name) ? ["dhcpcd"] : []),
    ...(facts.files[`/run/systemd/netif/leases/${device.index}`] === undefined ? [] : ["systemd-networkd"]),
    ...(named("udhcpc") ? ["udhcpc"] : []),
    ...(words("connmand").length > 0 ? ["connman"] : []),
  ];
}

/** Devices of dhcpcd: it calls itself `dhcpcd: eth0 [ip4]`, or `dhcpcd: [manager]` where it looks after all. */
export function dhcpcdDevices(facts: Facts): string[] {
  const titles = facts.processes.flatMap(({ words }) => {
    const title = words.join(" ");
    if (title.startsWith("dhcpcd:")) return [title.slice("dhcpcd:".length).trim()];
    return [];
  });
  const some = titles
    .flatMap((title) => (/^[^[\s]+/.exec(title)?.[0] ?? "").trim())
    .filter((name) => name !== "");
  if (!titles.some((title) => /^\[(manager|master)\]/.test(title))) return some;
  const allowed = devicesOf(facts, "allowinterfaces");
  const denied = devicesOf(facts, "denyinterfaces");
  const all = facts.devices
    .filter(({ name, kind, pointToPoint }) => name !== "lo" && !pointToPoint && kind !== "bridge")
    .map(({ name }) => name)
    .filter((name) => (allowed.length === 0 || matchesAny(allowed, name)) && !matchesAny(denied, name));
  return [...new Set([...some, ...all])];
}

function devicesOf({ files }: Facts, option: string): string[] {
  return linesOf(DHCPCD_CONF, files[DHCPCD_CONF] ?? "").flatMap(({ text }) => {
    const [word, ...rest] = text.split(/[\s,]+/);
    return word === option ? rest : [];
  });
}

/** dhcpcd.conf(5) takes patterns of fnmatch(3); `*` is what people write. */
function matchesAny(patterns: readonly string[], name: string): boolean {
  return patterns.some((pattern) =>
    pattern.includes("*") ? name.startsWith(pattern.split("*")[0] ?? "") : pattern === name,
  );
}

/** Whether dhcpcd tells Waymark of leases and cables. */
export function hasDhcpcdHook({ entries, files }: Facts): boolean {
  const hook = /\/dhcpcd-hooks\/[^/]*waymark[^/]*$/;
  return (
    Object.keys(entries).some((path) => hook.test(path)) ||
    /waymark/.test(files["/etc/dhcpcd.exit-hook"] ?? "")
  );
}
