/** `waymark status` */

import { readHealth } from "../health/read.ts";
import { localZone } from "../terminal/clock.ts";
import { parseOptions } from "./options.ts";
import { openSession } from "./session.ts";
import { lookUp } from "./status-report.ts";
import { formatStatus } from "./status-text.ts";

/** Shows the status, once or for as long as somebody looks. @param words those behind the verb */
export async function statusVerb(words: readonly string[]): Promise<number> {
  const { flags } = parseOptions(words, { strings: [], booleans: ["json", "watch"], positionals: [0, 0] });
  const json = flags.json === true;
  if (flags.watch === true) return (await import("./status-watch.ts")).watchStatus(json);
  const status = await lookUp(await openSession(false), readHealth());
  const colour = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;
  process.stdout.write(
    json ? `${JSON.stringify(status, null, 2)}\n` : formatStatus(status, { colour, zone: localZone }),
  );
  return 0;
}
