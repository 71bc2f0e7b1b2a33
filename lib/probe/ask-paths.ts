/** Asks the kernel which way probes would go: one process for all of them, and one more where the packet filter marks. */

import { type Command, CommandError, type Run } from "../kernel/command.ts";
import { NFT_TABLE } from "../kernel/ruleset.ts";
import { PROBE_GROUP } from "../plan/layout.ts";
import { PROBES_CHAIN } from "../plan/probe-marks.ts";
import { marksProbes, unmarkedWhy } from "./filter-answer.ts";
import { type Destination, judgePath, type PathVerdict, pathQuestions, type Sender } from "./path.ts";
import { type BatchAnswer, batchAnswers, linkIndex, routeAnswer } from "./route-answers.ts";

export interface PathWant {
  readonly sender: Sender;
  readonly destination: Destination;
}

export interface PathAnswer {
  readonly verdict: PathVerdict;
  /** Index of the sender's device; null: it is not there. */
  readonly index: number | null;
}

/**
 * @param inGroup whether this process is of the group whose packets the filter marks
 * @returns an answer for each, in their order; null: the kernel could not be asked
 */
export async function askPaths(
  run: Run,
  wants: readonly PathWant[],
  inGroup: boolean,
): Promise<PathAnswer[] | null> {
  if (wants.length === 0) return [];
  const devices = [...new Set(wants.map(({ sender }) => sender.interface))];
  const questions = wants.map(({ sender, destination }) => pathQuestions(sender, destination));
  const lines = [...devices.map((device) => `link show dev ${device}`), ...questions.flat()];
  const [answers, listing] = await Promise.all([askIp(run, lines), askFilter(run, wants)]);
  if (answers === null) return null;
  const indexes = new Map(devices.map((device) => [device, linkIndex(answers.shift() ?? { words: "" })]));
  return wants.map(({ sender, destination }, place) => {
    const said = (questions[place] ?? []).map(() => routeAnswer(answers.shift() ?? { words: "no answer" }));
    const index = indexes.get(sender.interface) ?? null;
    if (index === null) {
      return { index, verdict: { kind: "none", why: `there is no device ${sender.interface}` } };
    }
    const unmarked = sender.bound === "address" ? whyUnmarked(sender, listing, inGroup) : null;
    const verdict = judgePath(sender, destination, said);
    // No way is no way, marked or not.
    if (unmarked === null || verdict.kind === "none") return { index, verdict };
    return { index, verdict: { kind: "elsewhere", why: unmarked } };
  });
}

function whyUnmarked({ address, mark }: Sender, listing: string | null, inGroup: boolean): string | null {
  if (!inGroup) {
    return `this program is not of group ${PROBE_GROUP}, by which the packet filter knows its probes`;
  }
  return listing !== null && marksProbes(listing, address, mark) ? null : unmarkedWhy(address, mark);
}

async function askIp(run: Run, lines: readonly string[]): Promise<BatchAnswer[] | null> {
  const args = ["-N", "-j", "-force", "-batch", "-"];
  const command: Command = { file: "ip", args, input: `${lines.join("\n")}\n` };
  const result = await run(command);
  if (result.exitCode === null) throw new CommandError(command, result);
  return batchAnswers(lines.length, result);
}

/** What the chain that marks probes holds; null: there is none, or nobody needs to know. */
async function askFilter(run: Run, wants: readonly PathWant[]): Promise<string | null> {
  if (wants.every(({ sender }) => sender.bound === "device")) return null;
  const args = ["list", "chain", ...NFT_TABLE.split(" "), PROBES_CHAIN];
  const { exitCode, stdout } = await run({ file: "nft", args });
  return exitCode === 0 ? stdout : null;
}
