/** The neighbour table: whether a gateway answers on its link (arp(7), ip-neighbour(8)). */

export interface Neighbour {
  readonly address: string;
  readonly device: string;
  /** `heard`: a link-layer address is known; `silent`: asked in vain; `asked`: no answer yet. */
  readonly state: "heard" | "silent" | "asked";
}

interface JsonNeighbour {
  dst?: string;
  dev?: string;
  lladdr?: string;
  state?: string[];
}

/** Reads the array that `ip -j neighbour show` prints. */
export function parseNeighbours(json: unknown): Neighbour[] {
  return (json as JsonNeighbour[]).flatMap((entry) => {
    if (entry.dst === undefined || entry.dev === undefined) return [];
    const state = entry.state ?? [];
    const heard = entry.lladdr !== undefined && !state.includes("FAILED") && !state.includes("INCOMPLETE");
    return [
      {
        address: entry.dst,
        device: entry.dev,
        state: heard ? "heard" : state.includes("FAILED") ? "silent" : "asked",
      },
    ];
  });
}

/**
 * Lines for `ip -batch` that make the kernel ask for the address by broadcast (NTF_USE on an entry that is not known),
 * which also tells every listener on the link where our own address now is (RFC 826: known senders are updated).
 */
export function askNeighbour(address: string, device: string): readonly string[] {
  return [
    // An entry that waits for an answer asks no sooner for being told to. (`del` of what is not there spoils the next line.)
    `neighbour flush ${address} dev ${device}`,
    `neighbour replace ${address} dev ${device} nud none use`,
  ];
}
