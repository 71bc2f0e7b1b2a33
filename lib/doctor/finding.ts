/** What the doctor says: one thing that works against Waymark, and what to do about it. */

/**
 * `error`: routing is broken by it, now or at the next event. `warning`: it breaks something sometimes, or delays it.
 * `note`: good to know, nothing has to be done.
 */
export type Severity = "error" | "warning" | "note";

/** One step of a remedy. */
export type Step =
  /** A command to run as root. */
  | { readonly do: "run"; readonly command: string }
  /** A whole file to write. */
  | { readonly do: "write"; readonly path: string; readonly text: string }
  /** A change in a file; `to` is the line as it should be, null: it should go. */
  | { readonly do: "edit"; readonly path: string; readonly line: string; readonly to: string | null }
  /** Lines to add at the end of a file. */
  | { readonly do: "append"; readonly path: string; readonly text: string }
  /** What no command can do. */
  | { readonly do: "note"; readonly text: string };

export interface Finding {
  /** Stable, for programs: letters, digits and dashes. */
  readonly id: string;
  readonly severity: Severity;
  /** What is the matter, in one line. */
  readonly title: string;
  /** What was found, and where: one fact a line. */
  readonly found: readonly string[];
  /** What it does to the routing. */
  readonly why: string;
  readonly remedy: readonly Step[];
}

export const run = (command: string): Step => ({ do: "run", command });
export const write = (path: string, text: string): Step => ({ do: "write", path, text });
export const edit = (path: string, line: string, to: string | null): Step => ({ do: "edit", path, line, to });
export const append = (path: string, text: string): Step => ({ do: "append", path, text });
export const note = (text: string): Step => ({ do: "note", text });

const RANK: Readonly<Record<Severity, number>> = { error: 0, warning: 1, note: 2 };

/** Worst first; findings of one severity keep their order. */
export function sorted(findings: readonly Finding[]): Finding[] {
  return [...findings].sort((left, right) => RANK[left.severity] - RANK[right.severity]);
}

/** A word of a command line, as a shell would need it: what comes from outside must not run when it is pasted. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
