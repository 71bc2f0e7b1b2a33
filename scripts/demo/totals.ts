/** What all scenes together came to. */

import type { Leak } from "./house.ts";
import { TITLE } from "./lines.ts";
import type { Verdict } from "./verdict.ts";

export class Totals {
  readonly #verdicts: Verdict[] = [];
  readonly #failures: string[] = [];
  #leaked = 0;
  #leaks: readonly Leak[] = [];

  add(verdict: Verdict): void {
    this.#verdicts.push(verdict);
    this.#failures.push(...verdict.failures.map((failure) => `${verdict.title}: ${failure}`));
  }

  /** Takes the providers' counts as they are now. */
  leaks(leaks: readonly Leak[]): void {
    this.#leaks = leaks;
    this.#leaked = leaks.reduce((sum, { packets }) => sum + packets, 0);
  }

  /** 0 if all was as promised; a demo that was left early has broken no promise. */
  get status(): number {
    return this.#failures.length === 0 && this.#leaked === 0 ? 0 : 1;
  }

  summary(): string {
    const longest = Math.max(0, ...this.#verdicts.map(({ pause }) => pause));
    const call = Math.max(0, ...this.#verdicts.map(({ callPause }) => callPause));
    return [
      "",
      `${this.#verdicts.length} scenes, ${this.status === 0 ? "all" : "not all"} as promised.`,
      `Longest pause of new connections: ${Math.round(longest)} ms; of the call: ${Math.round(call)} ms.`,
      `Packets that left by a line with another line's address: ${this.#leaked}.`,
      ...this.#failures.map((failure) => `Not as promised: ${failure}.`),
      ...[...new Set(this.#leaks.map(({ line, from }) => `Not as promised: ${TITLE[line]} saw ${from}.`))],
    ].join("\n");
  }
}
