/** `waymark init` */

import { findFacts } from "../init/find.ts";
import { propose } from "../init/propose.ts";
import { run } from "../kernel/run.ts";
import { stampOf, writeWhole } from "../state/files.ts";
import { PATHS } from "../state/paths.ts";
import { parseOptions } from "./options.ts";

/**
 * Writes a starting configuration from what it finds.
 * @param words those behind the verb
 * @returns 1 if nothing was found, or there is a configuration already
 */
export async function initVerb(words: readonly string[]): Promise<number> {
  const { flags } = parseOptions(words, { strings: [], booleans: ["force", "stdout"], positionals: [0, 0] });
  const toFile = flags.stdout !== true;
  if (toFile && flags.force !== true && stampOf(PATHS.config) !== "absent") {
    process.stderr.write(
      `waymark init: ${PATHS.config} is there already; --force replaces it, --stdout prints instead\n`,
    );
    return 1;
  }
  const facts = await findFacts(run);
  const proposal = propose(facts);
  if (proposal === null) {
    const devices = facts.devices.map(({ name, carrier }) => `${name}${carrier ? "" : " (no carrier)"}`);
    process.stderr.write(
      `waymark init: nothing here leads to the internet. Looked at the default routes of all tables (none), the interfaces ${devices.join(", ")}, and /etc/ppp/peers (nothing that dials)\n`,
    );
    return 1;
  }
  if (!toFile) {
    process.stdout.write(proposal.text);
    return 0;
  }
  writeWhole(PATHS.config, proposal.text);
  const found = proposal.uplinks.map(
    ({ name, tier, ...way }) => `  ${name} (${way.interface ?? `peer ${way.peer}`}), tier ${tier}`,
  );
  process.stdout.write(
    `wrote ${PATHS.config}:\n${found.join("\n")}\nLook through it, then: waymark check, waymark plan, waymark apply\n`,
  );
  return 0;
}
