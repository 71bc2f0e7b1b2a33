/** conntrack(8) with a file of deletions. */

import type { Result } from "../../lib/kernel/command.ts";
import type { FakeKernel } from "./kernel.ts";
import { NotUnderstood, take } from "./objects.ts";

/** `conntrack -R -`: status 0, whether there was something to delete or not (1.4.7). */
export function runConntrack(kernel: FakeKernel, args: readonly string[], input: string): Result {
  if (args.join(" ") !== "-R -") throw new NotUnderstood(`conntrack ${args.join(" ")}`);
  for (const line of input.split("\n").filter((text) => text !== "")) {
    const parts = /^-D -f ipv([46]) --(mark|reply-dst|orig-dst) (\S+)$/.exec(line);
    if (parts === null) throw new NotUnderstood(`conntrack ${line}`);
    const [, family, key, value = ""] = parts;
    const [mark = 0, mask = 0xffffffff] = value.split("/").map(Number);
    take(kernel.connections, (connection) => {
      if (connection.family !== Number(family)) return false;
      if (key === "mark") return (connection.mark & mask) >>> 0 === mark;
      return (key === "reply-dst" ? connection.replyDestination : connection.origDestination) === value;
    });
    kernel.changed(`conntrack ${line}`);
  }
  return { exitCode: 0, stdout: "", stderr: "" };
}
