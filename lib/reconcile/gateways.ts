/** Asks gateways, through the very device that is a candidate, whether they are there (`verify = "gateway"`). */

import { askNeighbour, type Neighbour, parseNeighbours } from "../kernel/neighbour.ts";
import { contains } from "../net/prefix.ts";
import type { Desired } from "../plan/desired.ts";
import { sharedLans } from "../plan/shared-lan.ts";
import type { UplinkState } from "../plan/uplink-state.ts";
import type { State, UplinkRecord } from "../state/record.ts";
import { runBatch } from "./batch.ts";
import { quietHosts } from "./quiet-hosts.ts";
import { recordOf } from "./state-after.ts";
import type { World } from "./world.ts";

/** Waits between looks, in milliseconds: one second in all, when the carrier has just come. */
const FIRST = [10, 20, 40, 80, 150, 300, 400] as const;
/** A gateway that was silent before is asked at each later event, and waited for only shortly. */
const LATER = [10, 30, 60, 100] as const;

/**
 * Asks the gateway of every uplink that waits for its answer.
 * @returns records of those that answered; null: none did, or none was to be asked
 */
export async function askGateways(
  world: World,
  desired: Desired,
  before: State,
): Promise<Record<string, UplinkRecord> | null> {
  const waiting = desired.uplinks.filter((uplink) => uplink.state === "checking");
  if (waiting.length === 0) return null;
  const questions = waiting.flatMap((uplink) => {
    const gateway = gatewayOf(uplink);
    return gateway === null || uplink.link === null ? [] : askNeighbour(gateway, uplink.link.name);
  });
  await runBatch(world.run, questions);
  const asked = waiting.every((uplink) => before.uplinks[uplink.uplink.name]?.state === "checking");
  let heard: UplinkState[] = [];
  for (const pause of asked ? LATER : FIRST) {
    await world.wait(pause);
    const neighbours = await look(world);
    heard = waiting.filter((uplink) => answered(uplink, neighbours));
    const pending = waiting.filter((uplink) => !heard.includes(uplink));
    if (pending.length === 0) break;
  }
  if (heard.length === 0) return null;
  const now = world.now();
  return Object.fromEntries(
    heard.map((uplink) => {
      const record = recordOf(uplink, before.uplinks[uplink.uplink.name], now);
      return [uplink.uplink.name, { ...record, verified: true }];
    }),
  );
}

function gatewayOf(uplink: UplinkState): string | null {
  return (uplink.path4 ?? uplink.path6)?.gateway ?? null;
}

async function look(world: World): Promise<Neighbour[]> {
  const result = await world.run({ file: "ip", args: ["-j", "neighbour", "show"] });
  return result.exitCode === 0
    ? parseNeighbours(JSON.parse(result.stdout === "" ? "[]" : result.stdout))
    : [];
}

function answered(uplink: UplinkState, neighbours: readonly Neighbour[]): boolean {
  const gateway = gatewayOf(uplink);
  return neighbours.some(
    (entry) => entry.address === gateway && entry.device === uplink.link?.name && entry.state === "heard",
  );
}

/**
 * After a switch between devices of one LAN: the old device's neighbours are forgotten, and everybody on the LAN is told
 * where our addresses are now, also those that stand on the old device if that is dead. A datagram to a gateway that is not known makes
 * the kernel ask for it by broadcast in the name of the datagram's source (arp_announce 0, ip-sysctl.rst), and whoever
 * knows that name learns its new place (RFC 826). Without it the gateway would go on sending to the dead port.
 *
 * On a busy machine another socket's packet has the kernel ask for the gateway first, in the name of that one's source: the
 * datagram then finds an answer, and its own source is never told. So a host is asked for, too, that nobody talks to.
 * The kernel asks three times for one that is not there, which a lossy Wi-Fi needs.
 */
export async function announce(world: World, desired: Desired, before: State): Promise<void> {
  for (const { network, members } of sharedLans(desired.uplinks)) {
    const chosen = (names: readonly string[]) => members.find(({ uplink }) => names.includes(uplink.name));
    const now = chosen(desired.choice);
    const last = chosen(before.choice);
    const gateway = now === undefined ? null : gatewayOf(now);
    if (now === undefined || now.link === null || now === last || gateway === null) continue;
    if (last?.link) await runBatch(world.run, [`neighbour flush dev ${last.link.name}`]);
    // A device that still hears the LAN keeps its own: whoever looks after it would defend them (RFC 5227, section 2.4;
    // NetworkManager from 1.52 on), and take away the route of an address that was claimed twice.
    const moved = members.filter(({ link, state }) => link?.name === now.link?.name || state === "down");
    const addresses = new Set(moved.flatMap(({ path4 }) => path4?.addresses ?? []));
    const ours = [...addresses].filter((address) => contains(network, address));
    const known = (await look(world)).filter(({ state }) => state === "heard").map((entry) => entry.address);
    const quiet = quietHosts(network, new Set([gateway, ...ours, ...known]), ours.length);
    for (const [index, address] of ours.entries()) {
      await runBatch(world.run, [`neighbour flush ${gateway} dev ${now.link.name}`]);
      await world.touch(address, gateway);
      const host = quiet[index];
      if (host !== undefined) await world.touch(address, host);
    }
  }
}
