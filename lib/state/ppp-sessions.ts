/**
 * Which device a PPP peer is. The hook's event says it; when that event was lost, pppd's own traces do:
 * /run/ppp-LINKNAME.pid (process and device), /run/pppN.pid (process), and the words pppd was started with (pppd(8)).
 */

import { readFileSync } from "node:fs";
import type { Uplink } from "../config/types.ts";
import type { Link } from "../kernel/link.ts";
import { isInterfaceName } from "../net/interface-name.ts";
import type { PeerDevices } from "../plan/uplink-state.ts";
import { isAbsent, readText } from "./files.ts";
import type { InterfaceFacts } from "./record.ts";

/**
 * Finds the device of every uplink that has a `peer`.
 * @param facts what events told, of devices that still are the same
 */
export function findPeerDevices(
  uplinks: readonly Uplink[],
  links: readonly Link[],
  facts: Readonly<Record<string, InterfaceFacts>>,
): PeerDevices {
  const wanted = uplinks.filter((uplink) => uplink.peer !== null);
  if (wanted.length === 0) return {};
  const candidates = links.filter((link) => link.pointToPoint).map((link) => link.name);
  const devices: Record<string, string> = {};
  for (const name of candidates) {
    const told = facts[name];
    // pppd's own file outweighs an event that came late: the device may be another session's by now.
    const process = pppdOf(name);
    const stale =
      told !== undefined && process !== null && told.facts.pppdPid !== null && told.facts.pppdPid !== process;
    const names =
      told === undefined || told.facts.peerNames.length === 0 || stale
        ? namesOf(process)
        : told.facts.peerNames;
    const uplink = wanted.find(
      ({ peer }) => peer !== null && names.some((candidate) => isPeer(peer, candidate)),
    );
    if (uplink !== undefined) devices[uplink.name] = name;
  }
  for (const uplink of wanted) {
    if (devices[uplink.name] !== undefined || uplink.peer === null) continue;
    const device = deviceOfLinkname(uplink.peer);
    if (device !== null && candidates.includes(device)) devices[uplink.name] = device;
  }
  return devices;
}

/** `gsm` is the peer of /etc/ppp/peers/gsm, whichever way pppd names it. */
function isPeer(peer: string, candidate: string): boolean {
  return candidate === peer || candidate === `/etc/ppp/peers/${peer}`;
}

function pppdOf(device: string): number | null {
  const process = Number((readText(`/run/${device}.pid`) ?? "").trim());
  return Number.isSafeInteger(process) && process > 0 && isPppd(wordsOf(process)) ? process : null;
}

function isPppd(words: readonly string[]): boolean {
  return (words[0] ?? "").endsWith("pppd");
}

/** The peer names among the words that a pppd was started with. */
function namesOf(process: number | null): string[] {
  const words = process === null ? [] : wordsOf(process);
  return words.flatMap((word, place) => {
    const next = words[place + 1];
    return next !== undefined && ["call", "ipparam", "linkname"].includes(word) ? [next] : [];
  });
}

function wordsOf(process: number): string[] {
  try {
    return readFileSync(`/proc/${process}/cmdline`, "utf8")
      .split("\0")
      .filter((word) => word !== "");
  } catch (error) {
    // The process ended meanwhile (ESRCH while reading).
    if (isAbsent(error) || (error as NodeJS.ErrnoException).code === "ESRCH") return [];
    throw error;
  }
}

function deviceOfLinkname(peer: string): string | null {
  if (!/^[A-Za-z0-9_.@+-]+$/.test(peer)) return null;
  const [process, device] = (readText(`/run/ppp-${peer}.pid`) ?? "").split("\n");
  if (device === undefined || !isInterfaceName(device)) return null;
  return wordsOf(Number(process)).length > 0 ? device : null;
}
