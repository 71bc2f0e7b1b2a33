/** A program to run, its result, and what a failed one says. Nothing here runs anything. */

export interface Command {
  /** Name looked up in PATH; never a shell. */
  readonly file: "ip" | "nft" | "conntrack" | "logger" | "resolvconf" | "resolvectl";
  readonly args: readonly string[];
  /** Standard input. */
  readonly input?: string;
  /** The input must be a file: conntrack opens /dev/stdin anew, which cannot be done with the socket that Node gives. */
  readonly inputAsFile?: boolean;
}

export interface Result {
  /** null: it was ended by a signal, or never started. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What runs commands: the real edge, or a kernel in memory under test. Never rejects: a failure is a result. */
export type Run = (command: Command) => Promise<Result>;

/** `ip -batch -`, as it could be typed; input is not shown. */
export function formatCommand(command: Command): string {
  return [command.file, ...command.args].join(" ");
}

/** A command that did not do what it was asked; names the command, its status and the tool's own words. */
export class CommandError extends Error {
  readonly command: Command;
  readonly result: Result;

  constructor(command: Command, result: Result) {
    const status = result.exitCode === null ? "did not end by itself" : `exit ${result.exitCode}`;
    super(`${formatCommand(command)}: ${status}: ${firstLines(result.stderr)}`);
    this.name = "CommandError";
    this.command = command;
    this.result = result;
  }
}

/** The first lines of a tool's words, on one line. */
function firstLines(text: string): string {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.length === 0 ? "(it said nothing)" : lines.slice(0, 4).join("; ");
}
