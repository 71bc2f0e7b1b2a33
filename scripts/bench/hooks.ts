/** What a hook costs: against bare Node, and against shell scripts that do what people do today. */

import { join } from "node:path";
import { cable, clear, install, must, privateFiles, uplinks } from "./house.ts";
import { children, heading, report, times } from "./measure.ts";
import { shellPeers } from "./peers.ts";

const ROUNDS = 25;

/** Prints the latency of each kind of event as a ratio to `node -e 0`, and the programs it starts. */
export function benchHooks(): void {
  privateFiles();
  uplinks(3);
  const home = install();
  const hook = join(home, "ifplugd");
  must(join(home, "waymark"), "apply");
  const settle = () => {
    cable(0, "up");
    must(hook, "up0", "up");
  };
  const node = must("sh", "-c", "command -v node").trim();
  const seen = times(
    [
      { name: "node", command: [node, "-e", "0"] },
      { name: "shell", command: ["/bin/sh", "-c", ":"] },
      { name: "foreign", command: [hook, "eth77", "up"] },
      { name: "nothing", command: [hook, "up0", "up"], before: settle },
      { name: "dies", command: [hook, "up0", "down"], before: () => cable(0, "down") },
      { name: "returns", command: [hook, "up0", "up"], before: () => cable(0, "up") },
      ...shellPeers(home),
    ],
    ROUNDS,
  );
  settle();
  const bare = seen.get("node") ?? Number.NaN;
  const ratio = (name: string) => `${((seen.get(name) ?? 0) / bare).toFixed(2)} x node`;
  heading(`Hook latency (bare node: ${bare.toFixed(1)} ms)`);
  report("/bin/sh, for nothing: the least that a hook can cost", ratio("shell"));
  report("event of a foreign interface", ratio("foreign"), "aim: at most 0.1");
  report("event with nothing to do", ratio("nothing"), "aim: at most 1.3");
  report("event with a change: a line dies", ratio("dies"), "aim: at most 1.6");
  report("event with a change: a line returns", ratio("returns"), "aim: at most 1.6");
  for (const { name } of shellPeers(home)) report(`shell: ${name}`, ratio(name));

  heading("Programs that a hook starts");
  const count = (label: string, aim: string, event = "up") => {
    const tools = children([hook, "up0", event]);
    const own = (tools.ip ?? 0) + (tools.nft ?? 0) + (tools.conntrack ?? 0) + (tools.perl ?? 0);
    report(label, `${own} (+ ${tools.logger} logger)`, aim);
  };
  count("nothing to do", "aim: at most 1");
  cable(0, "down");
  count("a line dies (its connections are let go)", "aim: at most 3", "down");
  cable(0, "up");
  count("a line returns", "aim: at most 3");
  clear(home, 3);
}
