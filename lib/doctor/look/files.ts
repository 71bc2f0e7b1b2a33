/** Files and directories that the findings are made from. */

import { lstatSync, readdirSync, readFileSync, readlinkSync, type Stats, statSync } from "node:fs";
import { join } from "node:path";
import { CALLER_PROGRAMS, RUN_PARTS } from "../caller-hooks.ts";
import type { Entry, Facts } from "../facts.ts";

const SYSTEMD = ["/etc", "/run", "/usr/local/lib", "/usr/lib", "/lib"];

/** Texts that are read, if they are there. */
const FILES = [
  ...SYSTEMD.map((place) => `${place}/systemd/networkd.conf`),
  "/etc/crontab",
  "/etc/default/ifplugd",
  "/etc/dhcpcd.conf",
  "/etc/dhcpcd.exit-hook",
  "/etc/dnsmasq.conf",
  "/etc/firewalld/firewalld.conf",
  "/etc/iproute2/rt_protos",
  "/etc/iproute2/rt_tables",
  "/usr/share/iproute2/rt_protos",
  "/usr/share/iproute2/rt_tables",
  "/etc/network/interfaces",
  "/etc/nftables.conf",
  "/etc/ppp/ip-down.local",
  "/etc/ppp/ip-up.local",
  "/etc/ppp/ipv6-down.local",
  "/etc/ppp/ipv6-up.local",
  "/etc/ppp/options",
  "/etc/rc.local",
  "/etc/resolv.conf",
  "/etc/shorewall/providers",
  "/etc/sysctl.conf",
  "/etc/ufw/sysctl.conf",
  "/etc/waymark/waymark.toml",
  "/proc/self/mounts",
  "/run/dnsmasq/resolv.conf",
  "/run/systemd/resolve/resolv.conf",
  "/var/spool/cron/crontabs/root",
] as const;

/** Directories whose files are read. */
const DIRECTORIES = [
  ...SYSTEMD.flatMap((place) => [`${place}/systemd/networkd.conf.d`, `${place}/sysctl.d`]),
  ...["/etc", "/run"].map((place) => `${place}/systemd/network`),
  ...RUN_PARTS,
  "/etc/NetworkManager/dispatcher.d",
  "/usr/lib/NetworkManager/dispatcher.d",
  ...["d", "hourly", "daily"].map((when) => `/etc/cron.${when}`),
  "/etc/dhcp/dhclient-exit-hooks.d",
  "/etc/dnsmasq.d",
  "/etc/iproute2/rt_protos.d",
  "/etc/iproute2/rt_tables.d",
  "/etc/network/interfaces.d",
  "/etc/ppp",
  "/etc/ppp/peers",
  "/etc/systemd/system/waymark.service.d",
  "/etc/systemd/system/waymark-watch.service.d",
  "/run/systemd/netif/leases",
  "/usr/lib/dhcpcd/dhcpcd-hooks",
  "/lib/dhcpcd/dhcpcd-hooks",
] as const;

/** Secrets: names and passwords of the accounts at the providers. */
const SECRET = /^\/etc\/ppp\/(chap|pap|srp)-secrets/;

/** Things of which only the being there counts. */
const THINGS = [
  ...CALLER_PROGRAMS,
  "/usr/sbin/ifmetric",
  "/var/lib/shorewall/firewall",
  "/usr/lib/systemd/system/waymark.service",
  "/etc/systemd/system/waymark.service",
  "/usr/lib/systemd/system/waymark-watch.service",
  "/etc/systemd/system/waymark-watch.service",
  "/etc/systemd/system/NetworkManager-dispatcher.service",
] as const;

const UNITS = "/etc/systemd/system";

/** More than any hook, less than what nobody wrote by hand. */
const LARGEST = 1024 * 1024;

/** @param nodes programs that hooks name */
export function lookAtFiles(nodes: (text: string) => string): Pick<Facts, "files" | "entries"> {
  const listed = DIRECTORIES.flatMap((directory) => namesIn(directory).map((name) => join(directory, name)));
  const wants = namesIn(UNITS)
    .filter((name) => /\.(wants|requires)$/.test(name))
    .flatMap((name) => namesIn(join(UNITS, name)).map((unit) => join(UNITS, name, unit)));
  const paths = [...FILES, ...listed].filter((path) => !SECRET.test(path));
  const files = new Map(paths.flatMap((path) => pair(path, textOf(path))));
  const named = [...files.values()].map(nodes).filter((path) => path.startsWith("/"));
  const entries = new Map(
    [...listed, ...wants, ...THINGS, ...new Set(named)].flatMap((path) => pair(path, entryOf(path))),
  );
  return { files: Object.fromEntries(files), entries: Object.fromEntries(entries) };
}

function pair<T>(path: string, value: T | null): readonly (readonly [string, T])[] {
  return value === null ? [] : [[path, value]];
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory).sort();
  } catch {
    // Not there, or not for us: nothing of it is known.
    return [];
  }
}

function textOf(path: string): string | null {
  try {
    const { size } = statSync(path);
    return size > LARGEST ? null : readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

function entryOf(path: string): Entry | null {
  let own: Stats;
  try {
    own = lstatSync(path);
  } catch {
    return null;
  }
  const link = own.isSymbolicLink() ? readlinkSync(path) : null;
  let there: Stats | null = own;
  try {
    if (link !== null) there = statSync(path);
  } catch {
    there = null;
  }
  const kind = there?.isFile() === true ? "file" : there?.isDirectory() === true ? "directory" : "other";
  return {
    kind,
    mode: (there ?? own).mode & 0o7777,
    owner: (there ?? own).uid,
    link,
    dangling: there === null,
  };
}
