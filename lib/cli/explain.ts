/** `waymark explain` */

import { ask } from "../explain/ask.ts";
import { QuestionError, readDestination } from "../explain/question.ts";
import { explanationText } from "../explain/text.ts";
import { escapeLine } from "../log.ts";
import { orderOf } from "../reconcile/order.ts";
import { readText } from "../state/files.ts";
import { parseOptions, UsageError } from "./options.ts";
import { needRoot, openSession } from "./session.ts";

/**
 * Says which uplink a new connection would take, and why.
 * @param words those behind the verb
 * @returns 1 if the kernel answers otherwise
 */
export async function explainVerb(words: readonly string[]): Promise<number> {
  const { values, flags, positionals } = parseOptions(words, {
    strings: ["from", "iif", "user", "protocol", "port"],
    booleans: ["json"],
    positionals: [1, 1],
  });
  try {
    readDestination(positionals[0] ?? "");
    needRoot("explain");
    const { system, before, world } = await openSession(false);
    if (system.error !== null && system.config !== null) {
      process.stderr.write(`${system.error}\nwaymark explain: the last good configuration is what counts\n`);
    }
    const asked = { destination: positionals[0] ?? "", ...values };
    const explanation = await ask(orderOf(system), before, world, asked, readText("/etc/passwd") ?? "");
    process.stdout.write(flags.json ? `${JSON.stringify(explanation)}\n` : explanationText(explanation));
    return explanation.agrees ? 0 : 1;
  } catch (error) {
    if (error instanceof QuestionError) throw new UsageError(escapeLine(error.message));
    throw error;
  }
}
