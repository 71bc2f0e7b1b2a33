/** What the tests of the configuration share. */

import type { Accounts } from "../../../lib/config/accounts.ts";
import { parseConfig } from "../../../lib/config/parse.ts";
import { formatProblem } from "../../../lib/config/problem.ts";
import type { Config } from "../../../lib/config/types.ts";

/** A machine with the user mldonkey (115) and the group p2p (77). */
export const ACCOUNTS: Accounts = {
  userId: (name) => (name === "mldonkey" ? 115 : null),
  groupId: (name) => (name === "p2p" ? 77 : null),
};

/** The configuration of a right text; a wrong one fails the test with its problems. */
export function configOf(text: string): Config {
  const result = parseConfig(text, "w", ACCOUNTS);
  if ("config" in result) return result.config;
  throw new Error(result.problems.map(formatProblem).join("\n"));
}

/** The problems as a user sees them; none if the text is right. */
export function problemsOf(text: string): string[] {
  const result = parseConfig(text, "w", ACCOUNTS);
  return "config" in result ? [] : result.problems.map(formatProblem);
}
