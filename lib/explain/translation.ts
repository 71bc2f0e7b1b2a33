/** Which address a packet leaves with: the packet filter's chain `translate`, said in terms of the plan. */

import { contains } from "../net/prefix.ts";
import { sharedLans } from "../plan/shared-lan.ts";
import type { UplinkState } from "../plan/uplink-state.ts";
import type { Packet } from "./packet.ts";

export interface Translation {
  readonly kind: "masquerade" | "snat" | "none";
  /** The source address it leaves with; null: not known. */
  readonly source: string | null;
  /** Why it is translated, or why not. */
  readonly why: string;
}

/**
 * Address translation of a new connection.
 * @param source its address before
 * @param uplink whose device it leaves by
 * @param isLocal whether an address is one of this machine's
 */
export function translationOf(
  packet: Packet,
  source: string | null,
  uplink: UplinkState,
  uplinks: readonly UplinkState[],
  isLocal: (address: string) => boolean,
): Translation {
  const none = (why: string): Translation => ({ kind: "none", source, why });
  if (source === null) return none("the source address is not known");
  const { name, nat } = uplink.uplink;
  const path = packet.family === 4 ? uplink.path4 : uplink.path6;
  const masquerade = (why: string): Translation => ({
    kind: "masquerade",
    source: path?.address ?? null,
    why,
  });
  const lans = packet.family === 4 && uplink.uplink.lan ? (path?.networks ?? []) : [];
  const isShared = sharedLans(uplinks).some(
    ({ network, members }) => members.includes(uplink) && contains(network, source),
  );
  if (isShared) return none(`${source} is of the LAN that ${name} stands in`);
  if (lans.some((network) => contains(network, source) && contains(network, packet.to))) {
    return none("it stays in its LAN");
  }
  if (uplink.link?.addresses.some((address) => address.local === source) === true) {
    return none(`${source} is ${name}'s own address`);
  }
  const foreign = `${source} is this machine's, but not ${name}'s`;
  if (packet.family === 4 && nat === "masquerade") return masquerade(`nat = "masquerade" of ${name}`);
  if (packet.family === 4 && nat === "snat" && path !== null) {
    return { kind: "snat", source: path.address, why: `nat = "snat" of ${name}` };
  }
  if (isLocal(source)) return masquerade(foreign);
  return none(packet.family === 6 ? "IPv6 of others is not translated" : `nat = "${nat}" of ${name}`);
}
