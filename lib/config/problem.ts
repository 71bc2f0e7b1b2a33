/** What is wrong with a configuration, and where. */

export interface Problem {
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in characters. */
  readonly column: number;
  /** What was found, what was expected, and a suggestion where there is one; one line. */
  readonly message: string;
}

/** `path:line:column: message`, as compilers write it. */
export function formatProblem(problem: Problem): string {
  return `${problem.path}:${problem.line}:${problem.column}: ${problem.message}`;
}

/** A configuration that is not put in force; the message holds every problem, one a line. */
export class ConfigError extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(formatProblem).join("\n"));
    this.name = "ConfigError";
    this.problems = problems;
  }
}
