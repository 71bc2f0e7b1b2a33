/**
 * Probes that leave through ordinary sockets (tcp, dns, http). Node can bind a socket to an address, but neither to a
 * device nor give it a mark; and the first uplink's address is also what the kernel gives to sockets that are bound to
 * nothing. So the watcher has a group of its own, and the packet filter marks what that group sends from an uplink's
 * address with that uplink's mark. A source rule alone would not do: `[[rule]]`s come before it, a `loose` uplink has
 * none, and new connections of the first uplink are balanced.
 *
 * It costs one change to one chain when an address changes, and only where an uplink is checked in such a way.
 */

import type { Config } from "../config/types.ts";
import type { Chain } from "../kernel/ruleset.ts";
import { PROBE_GROUP } from "./layout.ts";
import { hex } from "./marks.ts";
import type { UplinkState } from "./uplink-state.ts";

/** The chain that the watcher's own packets go to. */
export const PROBES_CHAIN = "probes";

/** The chain that gives a probe this mark. */
export function probeChain(mark: number): string {
  return `probe_${hex(mark)}`;
}

/** Whether any uplink is checked through ordinary sockets. */
export function hasSocketProbes(config: Config): boolean {
  return config.uplinks.some(({ check }) => isBySocket(check));
}

function isBySocket(check: Config["uplinks"][number]["check"]): boolean {
  return (check?.method ?? "ping") !== "ping";
}

/** The rule for the chain `output` that leads there. */
export const PROBES_RULE = `meta skgid ${PROBE_GROUP} goto ${PROBES_CHAIN}`;

/**
 * The chains.
 * @param setMark writes the statement that sets a mark
 */
export function probeChains(uplinks: readonly UplinkState[], setMark: (mark: number) => string): Chain[] {
  const probed = uplinks.filter(({ uplink }) => isBySocket(uplink.check));
  const marks = addressMarks(probed);
  const map = (word: string, family: 4 | 6) => {
    const entries = marks.filter((entry) => entry.family === family);
    const verdicts = entries.map(({ address, mark }) => `${address} : goto ${probeChain(mark)}`);
    return verdicts.length === 0 ? [] : [`${word} saddr vmap { ${verdicts.join(", ")} }`];
  };
  return [
    { name: PROBES_CHAIN, hook: null, rules: [...map("ip", 4), ...map("ip6", 6)] },
    ...probed.map(({ mark }) => ({ name: probeChain(mark), hook: null, rules: [setMark(mark)] })),
  ];
}

interface AddressMark {
  readonly family: 4 | 6;
  readonly address: string;
  readonly mark: number;
}

/** Which mark an address stands for. One that two uplinks bear (two devices in one LAN) stands for neither. */
function addressMarks(probed: readonly UplinkState[]): AddressMark[] {
  const all = probed.flatMap(({ mark, path4, path6 }) =>
    [path4, path6].flatMap((path) =>
      path === null ? [] : [{ family: path.family, address: path.address, mark }],
    ),
  );
  return all.filter(({ address }) => all.filter((other) => other.address === address).length === 1);
}
