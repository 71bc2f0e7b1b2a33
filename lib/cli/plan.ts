/** `waymark plan` */

import { routingChanges } from "../plan/changes.ts";
import { prefixRoutes } from "../plan/routes.ts";
import { lookAhead } from "../reconcile/look-ahead.ts";
import { orderOf } from "../reconcile/order.ts";
import { packetFilterInput } from "../reconcile/packet-filter.ts";
import { readSpool } from "../state/spool.ts";
import { parseOptions } from "./options.ts";
import { needRoot, openSession } from "./session.ts";

/** Prints what `apply` would give to `ip` and `nft`, each part behind a comment line that names the tool. */
export async function planVerb(words: readonly string[]): Promise<number> {
  parseOptions(words, { strings: [], booleans: [], positionals: [0, 0] });
  needRoot("plan");
  const session = await openSession(false);
  const { system, before, world } = session;
  if (system.error !== null) {
    process.stderr.write(`${system.error}\nwaymark plan: apply would change nothing\n`);
    return 1;
  }
  const order = orderOf(system);
  const events = readSpool(world.now()).flatMap(({ event }) => ("ignore" in event ? [] : [event]));
  const { kernel, desired, loaded } = await lookAhead(order, events, before, world, {
    thorough: true,
    ask: false,
  });
  const wanted = {
    routes: [
      ...desired.routes,
      ...desired.prefixTables.flatMap((table) => prefixRoutes(table, world.readPrefixes(table.file))),
    ],
    rules: desired.rules,
  };
  const routing = routingChanges(wanted, kernel, new Set());
  const sections: readonly (readonly [string, string])[] = [
    ["nft -f -", packetFilterInput(world, loaded, desired.filter)],
    ["ip -force -batch -", routing.lines.map((line) => `${line}\n`).join("")],
    ["ip -6 -force -batch -", routing.lines6.map((line) => `${line}\n`).join("")],
  ];
  for (const [tool, text] of sections) if (text !== "") process.stdout.write(`# ${tool}\n${text}`);
  return 0;
}
