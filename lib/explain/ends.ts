/** Where a packet's ways end: by which device it leaves, and with which address. */

import type { UplinkState } from "../plan/uplink-state.ts";
import type { Journey, Look } from "./journey.ts";
import type { Packet } from "./packet.ts";
import { type Translation, translationOf } from "./translation.ts";
import { decision, foundBy, type Step } from "./walk.ts";

/** One device that the packet may leave by. */
export interface End {
  readonly device: string;
  readonly gateway: string | null;
  /** null: the device is no uplink's. */
  readonly uplink: UplinkState | null;
  /** Before translation; null: the kernel chooses. */
  readonly source: string | null;
  /** null: nothing of ours translates on that device. */
  readonly translation: Translation | null;
  readonly step: Step;
  /** `part` of `of` connections; null: all, or as the kernel likes. */
  readonly share: { readonly part: number; readonly of: number } | null;
}

export interface EndGround {
  readonly uplinks: readonly UplinkState[];
  /** No packet filter is loaded: nothing is translated. */
  readonly filtered: boolean;
  isLocal(address: string): boolean;
  sourceOn(device: string): string | null;
}

/** The devices that the packet may leave by; none if it stays in this machine or is refused. */
export function endsOf(ground: EndGround, journey: Journey): readonly End[] {
  const ends = journey.ways.flatMap((way) =>
    hopsOf(ground, way).map((end) => ({ ...end, share: way.share })),
  );
  const [first] = ends;
  // A rule that decides for every mark decides for all.
  const isSame = ends.every(({ device, gateway }) => device === first?.device && gateway === first.gateway);
  return first !== undefined && isSame && journey.ways.every((way) => foundBy(way.steps) !== null)
    ? [{ ...first, share: null }]
    : ends;
}

function hopsOf(ground: EndGround, { packet, steps }: Look): Omit<End, "share">[] {
  const found = foundBy(steps);
  const step = decision(steps);
  if (found === null || step === null || found.route.kind === "local") return [];
  return found.nextHops.flatMap(({ device, gateway }) => {
    if (device === null) return [];
    const uplink = ground.uplinks.find((candidate) => candidate.interface === device) ?? null;
    const source = packet.from ?? found.route.source ?? ground.sourceOn(device);
    return [
      { device, gateway, uplink, source, translation: translated(ground, packet, source, uplink), step },
    ];
  });
}

function translated(
  ground: EndGround,
  packet: Packet,
  source: string | null,
  uplink: UplinkState | null,
): Translation | null {
  if (uplink === null || !ground.filtered) return null;
  return translationOf(packet, source, uplink, ground.uplinks, ground.isLocal);
}
