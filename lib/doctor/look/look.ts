/** Looks at the machine: reads all facts, changes nothing. */

import { existsSync, readFileSync } from "node:fs";
import { release } from "node:os";
import { parseLinks } from "../../kernel/link.ts";
import { PROTOCOL, parseRoutes, type Route } from "../../kernel/route.ts";
import { parseRules, type SeenRule } from "../../kernel/rule.ts";
import { TABLE } from "../../plan/layout.ts";
import { nodeOf } from "../caller-hooks.ts";
import type { Device, Facts, House, Neighbour, Self, Versions } from "../facts.ts";
import { devicePath } from "../sysctl-files.ts";
import { lookAtFiles } from "./files.ts";
import { lookAtPacketFilter } from "./packet-filter.ts";
import { lookAtProcesses } from "./processes.ts";
import { said, saidList } from "./tool.ts";

/**
 * Reads everything.
 * @param house what Waymark's own configuration says and how its uplinks stand; null: there is none
 */
export function lookAround(house: House | null, self: Self, now: number): Facts {
  const devices = lookAtDevices();
  const rules = ([4, 6] as const).flatMap((family) =>
    parseRules(saidList("ip", ["-N", "-d", "-j", `-${family}`, "rule", "show"]) ?? [], family),
  );
  const { files, entries } = lookAtFiles(nodeOf);
  const processes = lookAtProcesses();
  return {
    now,
    house,
    self,
    versions: lookAtVersions(),
    devices,
    routes: lookAtRoutes(rules),
    rules,
    neighbours: lookAtNeighbours(),
    filter: lookAtPacketFilter(),
    settings: lookAtSettings(devices),
    files,
    entries,
    processes,
    networkManager: processes.some(({ words }) => /(^|\/)NetworkManager$/.test(words[0] ?? ""))
      ? lookAtNetworkManager()
      : null,
  };
}

interface JsonDevice {
  readonly ifname?: string;
  readonly master?: string;
  readonly linkinfo?: { readonly info_kind?: string };
}

function lookAtDevices(): Device[] {
  const json = saidList("ip", ["-N", "-d", "-j", "address", "show"]) ?? [];
  const raw = new Map((json as readonly JsonDevice[]).map((entry) => [entry.ifname, entry]));
  return parseLinks(json).map((link) => ({
    ...link,
    kind: raw.get(link.name)?.linkinfo?.info_kind ?? null,
    master: raw.get(link.name)?.master ?? null,
    wireless:
      existsSync(`/sys/class/net/${link.name}/wireless`) ||
      existsSync(`/sys/class/net/${link.name}/phy80211`),
  }));
}

const MAIN = 254;

/**
 * Routes of main, of the tables that other programs' rules lead to, and whatever others have in Waymark's. Not of all
 * tables: a file of prefixes fills one with a hundred thousand routes.
 */
function lookAtRoutes(rules: readonly SeenRule[]): Route[] {
  const named = rules.flatMap(({ protocol, json }) =>
    protocol === PROTOCOL || json.table === undefined ? [] : Number(json.table),
  );
  const tables = [...new Set([MAIN, TABLE.choice, ...named])].filter((table) => table > 0 && table !== 255);
  return ([4, 6] as const).flatMap((family) =>
    tables.flatMap((table) =>
      parseRoutes(
        saidList("ip", ["-N", "-d", "-j", `-${family}`, "route", "show", "table", String(table)]) ?? [],
        table,
        family,
      ),
    ),
  );
}

function lookAtNeighbours(): Neighbour[] {
  const json = saidList("ip", ["-j", "neighbour", "show"]) ?? [];
  return (json as readonly { dst?: string; dev?: string; lladdr?: string }[]).flatMap(
    ({ dst, dev, lladdr }) =>
      dst === undefined || dev === undefined || lladdr === undefined
        ? []
        : [{ address: dst, device: dev, hardware: lladdr }],
  );
}

const PER_DEVICE = [
  ["ipv4", "rp_filter"],
  ["ipv6", "accept_ra"],
  ["ipv6", "disable_ipv6"],
  ["ipv6", "forwarding"],
] as const;

const SETTINGS = [
  "/proc/sys/net/ipv4/ip_forward",
  "/proc/sys/net/netfilter/nf_conntrack_count",
  "/proc/sys/net/netfilter/nf_conntrack_max",
  "/proc/sys/net/netfilter/nf_conntrack_tcp_loose",
] as const;

function lookAtSettings(devices: readonly Device[]): Record<string, string> {
  const names = ["all", "default", ...devices.map(({ name }) => name)];
  const paths = [
    ...SETTINGS,
    ...names.flatMap((name) => PER_DEVICE.map(([family, key]) => devicePath(family, name, key))),
  ];
  return Object.fromEntries(
    paths.flatMap((path) => {
      try {
        return [[path, readFileSync(path, "utf8").trim()]];
      } catch {
        // This kernel or device has none.
        return [];
      }
    }),
  );
}

function lookAtVersions(): Versions {
  return {
    node: process.versions.node,
    kernel: release(),
    ip: said("ip", ["-V"]),
    nft: said("nft", ["--version"]),
    conntrack: said("conntrack", ["--version"]),
    networkManager: said("NetworkManager", ["--version"]),
  };
}

/** `eth0:connected` a line; nmcli(1) puts a backslash before a colon in a name. */
function lookAtNetworkManager(): Record<string, string> {
  const lines = (said("nmcli", ["-t", "-f", "DEVICE,STATE", "device"]) ?? "").split("\n");
  return Object.fromEntries(
    lines.flatMap((line) => {
      const [, device, state] = /^((?:\\.|[^:\\])*):(.*)$/.exec(line) ?? [];
      // "connected (externally)": it only watches what somebody else did.
      return device === undefined || state === undefined ? [] : [[device.replace(/\\(.)/g, "$1"), state]];
    }),
  );
}
