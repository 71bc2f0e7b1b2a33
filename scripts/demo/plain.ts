/** The demo for a log: one line of text for each thing, with the time it happened at. */

import { setTimeout as sleep } from "node:timers/promises";
import type { Audience, Deed } from "./director.ts";
import type { Scene } from "./scenes.ts";
import type { Verdict } from "./verdict.ts";

export class Plain implements Audience {
  readonly #began = Date.now();

  say(text: string): void {
    const seconds = ((Date.now() - this.#began) / 1000).toFixed(1).padStart(5);
    process.stdout.write(`${seconds}  ${text}\n`);
  }

  wait(ms: number): Promise<void> {
    return sleep(ms);
  }

  begins({ title }: Scene): void {
    this.say(`${title}.`);
  }

  sees(): void {}

  close(): void {}

  hears({ called, ms, commands, said }: Deed): void {
    this.say(`  ${called} (${Math.round(ms)} ms)`);
    for (const command of commands) this.say(`    $ ${command}`);
    if (said !== "") this.say(`    ${said}`);
  }

  judges({ words, failures }: Verdict): void {
    this.say(`  ${words}`);
    for (const failure of failures) this.say(`  NOT AS PROMISED: ${failure}`);
  }
}
