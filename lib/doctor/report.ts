/** The stable form of `waymark doctor --json`. */

import type { Finding } from "./finding.ts";

export interface Report {
  /** Nothing breaks the routing. */
  readonly healthy: boolean;
  readonly findings: readonly Finding[];
}

export function reportOf(findings: readonly Finding[]): Report {
  return { healthy: findings.every(({ severity }) => severity !== "error"), findings };
}
