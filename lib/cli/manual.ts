/** `waymark enable`, `disable`, `drain` */

import { orderOf } from "../reconcile/order.ts";
import { messageOf, writeJson } from "../state/files.ts";
import { manualSwitches } from "../state/manual.ts";
import { PATHS } from "../state/paths.ts";
import { writeState } from "../state/read-state.ts";
import type { State } from "../state/record.ts";
import { isStopped } from "../state/stopped.ts";
import { applyNow } from "./apply.ts";
import { parseOptions, UsageError } from "./options.ts";
import { needRoot, openSession } from "./session.ts";

const SWITCH = { enable: null, disable: "disabled", drain: "drained" } as const;

/** Sets an uplink's switch and brings the kernel to it. */
export async function manualVerb(verb: keyof typeof SWITCH, words: readonly string[]): Promise<number> {
  const { flags, positionals } = parseOptions(words, {
    strings: [],
    booleans: ["persist"],
    positionals: [1, 1],
  });
  const name = positionals[0] ?? "";
  needRoot(`${verb} ${name}`);
  const session = await openSession(true);
  const names = orderOf(session.system).config.uplinks.map((uplink) => uplink.name);
  if (!names.includes(name))
    throw new UsageError(`there is no uplink "${name}"; there are ${names.join(", ")}`);
  if (flags.persist === true) writeJson(PATHS.manual, switched(manualSwitches(), name, SWITCH[verb]));
  const before: State = { ...session.before, manual: switched(session.before.manual, name, SWITCH[verb]) };
  // Noted first: a switch that cannot be kept would be undone by the next event.
  try {
    writeState(before, session.before);
  } catch (error) {
    throw new Error(`cannot note it in ${PATHS.state}: ${messageOf(error)}; nothing was changed`);
  }
  if (!isStopped()) return applyNow({ ...session, before }, `${verb} ${name}`, session.before);
  process.stdout.write(
    `${name}: noted; Waymark is stopped, and nothing was changed (waymark apply starts it)\n`,
  );
  return 0;
}

function switched(manual: State["manual"], name: string, to: "disabled" | "drained" | null): State["manual"] {
  const others = Object.entries(manual).filter(([other]) => other !== name);
  return Object.fromEntries(to === null ? others : [...others, [name, to]]);
}
