/** Reads from `nft list chain` whether the packet filter marks the probes of an address. Pure. */

import { hex } from "../plan/marks.ts";
import { probeChain } from "../plan/probe-marks.ts";

/** @param listing what `nft list chain inet waymark probes` prints */
export function marksProbes(listing: string, address: string, mark: number): boolean {
  const words = listing.split(/[\s{},]+/);
  return words.some(
    (word, place) =>
      word === address &&
      words[place + 1] === ":" &&
      words[place + 2] === "goto" &&
      words[place + 3] === probeChain(mark),
  );
}

export const unmarkedWhy = (address: string, mark: number): string =>
  `the packet filter does not mark the probes from ${address} with ${hex(mark)}`;
