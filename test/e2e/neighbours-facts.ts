/** What the jobs of the neighbours told, in the words of their scenarios. */

import type { Ended } from "./bed.ts";

/** Who the server sees when a connection goes by the first line, or through the tunnel. */
export const WAY = { cable: "198.51.100.2 3 failed 0", tunnel: "10.66.0.2 3 failed 0" } as const;

/** What a job told, in the words of these scenarios. */
export function told(job: () => Ended) {
  return {
    findings: (name: string) =>
      (job().json(name) as { findings: readonly { id: string; severity: string }[] }).findings.map(
        ({ id, severity }) => `${severity} ${id}`,
      ),
    fact: (name: string) => job().fact(name).trim(),
    saved: (name: string) => job().saved(name),
  };
}

export const WHOLE = /^[1-9]\d* rules, [1-9]\d* routes, filter yes$/;
