/**
 * A machine with so many uplinks, in namespaces of its own, that stands ready while others do: each line on stdin has an event
 * happen, `change` or `nothing`, and is answered by the milliseconds that it took.
 *
 * `one-house.ts COUNT NAMESPACE`: refuses to run in that network namespace, which is whoever started it.
 */

import { readlinkSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { cable, clear, install, must, privateFiles, uplinks } from "./house.ts";
import { timed } from "./measure.ts";

const [count, outside] = [Number(process.argv[2]), process.argv[3]];
if (outside === undefined || readlinkSync("/proc/self/ns/net") === outside)
  throw new Error("one-house.ts: not in a network namespace of its own; nothing was done");

privateFiles();
uplinks(count);
const home = install();
must(join(home, "waymark"), "apply");
const answer = (text: string) => process.stdout.write(`${text}\n`);
answer("ready");

let down = false;
for await (const event of createInterface({ input: process.stdin })) {
  if (event === "change") {
    down = !down;
    cable(1, down ? "down" : "up");
  }
  answer(String(timed([join(home, "ifplugd"), "up1", "up"])));
}
clear(home, count);
