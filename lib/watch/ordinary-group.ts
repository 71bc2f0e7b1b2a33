/** `waymark watch` is of a group of its own, and what it starts must not be: its sockets are no probes. */

import { PROBE_GROUP } from "../plan/layout.ts";

/** What spawn(2) is to be told of the group; nothing in any other process. */
export function ordinaryGroup(): { gid?: number } {
  return process.getegid?.() === PROBE_GROUP ? { gid: 0 } : {};
}
