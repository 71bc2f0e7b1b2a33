/** What grows with the number of uplinks, and what must not. */

import { join } from "node:path";
import { cable, clear, install, must, privateFiles, uplinks } from "./house.ts";
import { heading, report, times } from "./measure.ts";

const ROUNDS = 11;

/** Prints an event's latency with 3, 32 and 255 uplinks as a ratio to that with 3. */
export function benchManyUplinks(): void {
  heading("An event with many uplinks (a line dies or returns; nothing to do)");
  const base = new Map<string, number>();
  for (const count of [3, 32, 255]) {
    privateFiles();
    uplinks(count);
    const home = install();
    const hook = join(home, "ifplugd");
    must(join(home, "waymark"), "apply");
    let down = false;
    const flip = () => {
      down = !down;
      cable(1, down ? "down" : "up");
    };
    const seen = times(
      [
        { name: "change", command: [hook, "up1", "up"], before: flip },
        { name: "nothing", command: [hook, "up1", "up"] },
      ],
      ROUNDS,
    );
    for (const [name, took] of seen) {
      if (count === 3) base.set(name, took);
      const ratio = took / (base.get(name) ?? took);
      report(
        `${count} uplinks, ${name}`,
        `${ratio.toFixed(2)} x 3 uplinks`,
        count === 255 ? "aim: at most 2" : `${took.toFixed(0)} ms`,
      );
    }
    clear(home, count);
  }
}
