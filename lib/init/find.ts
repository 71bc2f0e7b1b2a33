/** Looks for what may lead to the internet: devices, default routes, PPP sessions and their files. Changes nothing. */

import { existsSync, readdirSync, readlinkSync } from "node:fs";
import { basename } from "node:path";
import { type Command, CommandError, type Run } from "../kernel/command.ts";
import { connectedPrefix, parseLinks } from "../kernel/link.ts";
import { PROTOCOL, parseRoutes } from "../kernel/route.ts";
import { isAbsent, readText } from "../state/files.ts";
import type { Device, Facts, Medium, Peer, Session } from "./facts.ts";
import { kindOf } from "./kind.ts";
import { readPeer } from "./peer-file.ts";

const PEERS = "/etc/ppp/peers";

/** @throws CommandError when `ip` does not tell */
export async function findFacts(run: Run): Promise<Facts> {
  const [addresses, routes] = await Promise.all([
    readList(run, ["-N", "-d", "-j", "address", "show"]),
    readList(run, ["-N", "-d", "-j", "route", "show", "table", "all"]),
  ]);
  const devices = readDevices(addresses);
  const defaults = parseRoutes(routes).flatMap(({ family, destination, device, ...route }) => {
    const leads = destination === "default" && route.type === "unicast" && device !== null;
    return leads && route.protocol !== PROTOCOL ? [{ ...route, family, device }] : [];
  });
  const peers = readPeers();
  const sessions = devices
    .filter(({ name, up }) => /^ppp\d/.test(name) && up)
    .map(({ name }) => readSession(name, peers));
  return { devices, defaults, peers, sessions };
}

async function readList(run: Run, args: readonly string[]): Promise<readonly unknown[]> {
  const command: Command = { file: "ip", args };
  const result = await run(command);
  if (result.exitCode !== 0) throw new CommandError(command, result);
  return result.stdout.trim() === "" ? [] : (JSON.parse(result.stdout) as unknown[]);
}

interface JsonLink {
  readonly ifname?: string;
  readonly master?: string;
  readonly linkinfo?: { readonly info_kind?: string };
}

function readDevices(json: readonly unknown[]): Device[] {
  const raw = new Map((json as readonly JsonLink[]).map((entry) => [entry.ifname, entry]));
  const bridges = new Set(
    [...raw.values()].flatMap((entry) => (entry.linkinfo?.info_kind === "bridge" ? [entry.ifname] : [])),
  );
  return parseLinks(json).map((link) => {
    const entry = raw.get(link.name);
    const usable = link.addresses.filter((address) => address.usable);
    return {
      name: link.name,
      kind: kindOf({ name: link.name, linkKind: entry?.linkinfo?.info_kind ?? null, ...sysfsOf(link.name) }),
      up: link.up,
      carrier: link.up && link.carrier,
      networks: usable.filter((address) => address.family === 4).map(connectedPrefix),
      hasAddress: usable.length > 0,
      bridge: bridges.has(entry?.master) ? (entry?.master ?? null) : null,
    };
  });
}

function sysfsOf(name: string) {
  const directory = `/sys/class/net/${name}`;
  const uevent = readText(`${directory}/uevent`) ?? "";
  return {
    wireless: existsSync(`${directory}/wireless`) || existsSync(`${directory}/phy80211`),
    deviceType: /^DEVTYPE=(\w+)$/m.exec(uevent)?.[1] ?? null,
    driver: linkName(`${directory}/device/driver`),
  };
}

/** The last part of where a symbolic link leads; null: there is none. */
function linkName(path: string): string | null {
  try {
    return basename(readlinkSync(path));
  } catch {
    return null;
  }
}

function readPeers(): Peer[] {
  return namesIn(PEERS).flatMap((name) => {
    const text = readable(`${PEERS}/${name}`);
    return text === null ? [] : (readPeer(name, text) ?? []);
  });
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isFile() || entry.isSymbolicLink())
      .map((entry) => entry.name)
      .sort();
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

/** The text of a file that is there and may be read. */
function readable(path: string): string | null {
  try {
    return readText(path);
  } catch {
    return null;
  }
}

/** What the pppd behind a device was started with (pppd(8): /run/pppN.pid). */
function readSession(device: string, peers: readonly Peer[]): Session {
  const process = Number((readable(`/run/${device}.pid`) ?? "").trim());
  const words = process > 0 ? (readable(`/proc/${process}/cmdline`) ?? "").split("\0") : [];
  const called = (words[words.indexOf("call") + 1] ?? "").replace(`${PEERS}/`, "");
  const peer = words.includes("call") ? peers.find(({ name }) => name === called) : undefined;
  const medium: Medium = words.some((word) => /pppo[ea]/.test(word)) ? "dsl" : "modem";
  return { device, peer: peer?.name ?? null, medium: peer?.medium ?? medium };
}
