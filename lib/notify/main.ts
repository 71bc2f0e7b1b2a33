/**
 * The program that tells others what a run of Waymark's brought about, and ends: the resolver of its name servers, the
 * programs of /etc/waymark/notify.d of everything. Started by whoever had something to tell, it holds up nobody.
 */

import { run } from "../kernel/run.ts";
import { type LogLine, PRIORITY, writeLog } from "../log.ts";
import { namesMachine } from "../names/machine.ts";
import { publishNames } from "../names/publisher.ts";
import { messageOf } from "../state/files.ts";
import { deliverNotices } from "./deliver.ts";
import { noticeMachine } from "./machine.ts";

const say = (lines: readonly LogLine[]) => void writeLog(run, lines);

async function sayFailure(what: string, task: Promise<void>): Promise<void> {
  try {
    await task;
  } catch (error) {
    say([{ priority: PRIORITY.error, text: `${what}: ${messageOf(error)}` }]);
  }
}

process.umask(0o022);
// Side by side: a program may take its time, and names are wanted at once.
void Promise.all([
  sayFailure("name servers", publishNames(namesMachine(say))),
  sayFailure("notify.d", deliverNotices(noticeMachine(say))),
]).then(() => process.exit(0));
