/** ifplugd's action.d, by way of run-parts: INTERFACE and up or down. */

import { NO_FACTS, type ParseEvent } from "./event.ts";
import { quoted, readInterface } from "./text.ts";

/**
 * What ifplugd tells of a cable. In: its two arguments; more are left alone. Out: kind "up" or "down" without facts,
 * or why it is ignored. "down" is also what a stopping daemon says while the link is up: only the carrier is true.
 */
export const parseIfplugd: ParseEvent = (argv) => {
  const name = readInterface(argv[0] ?? "");
  if (typeof name !== "string") return name;
  const action = argv[1] ?? "";
  if (action !== "up" && action !== "down")
    return { ignore: `ifplugd action ${quoted(action)} is not known` };
  return { source: "ifplugd", kind: action, interface: name, facts: NO_FACTS };
};
