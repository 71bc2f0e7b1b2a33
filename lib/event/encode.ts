/**
 * How the shell front of a hook hands its event on: a list of entries, `@VALUE` for each argument in order, then
 * `NAME=VALUE` for each variable that is set. The list goes as the arguments of a process, or as a file of entries that
 * each end in NUL, the last one being `.`.
 */

/** Longer than any true value; a file path has the same limit. */
const MAX_ENTRY_LENGTH = 4096;
const MAX_ENTRIES = 64;

/**
 * Takes an event's entries apart. In: the list, at most 64 entries of it, each hostile.
 * Out: arguments and variables as a ParseEvent wants them. An entry of over 4096 characters is dropped; where it
 * was an argument it leaves "" behind, so that the others keep their places. What is neither is dropped, as is an argument
 * behind the variables; of a variable given twice the first counts.
 */
export function decodeEntries(entries: readonly string[]): {
  argv: string[];
  env: Record<string, string>;
} {
  const argv: string[] = [];
  const env = new Map<string, string>();
  let inArguments = true;
  for (const entry of entries.slice(0, MAX_ENTRIES)) {
    const fits = entry.length <= MAX_ENTRY_LENGTH;
    if (entry.startsWith("@")) {
      if (inArguments) argv.push(fits ? entry.slice(1) : "");
      continue;
    }
    inArguments = false;
    const [, name, value] = fits ? (/^([A-Za-z][A-Za-z0-9_]*)=(.*)$/s.exec(entry) ?? []) : [];
    if (name !== undefined && value !== undefined && !env.has(name)) env.set(name, value);
  }
  return { argv, env: Object.fromEntries(env) };
}

/**
 * Splits a spool file into its entries. In: all of its text. Out: the entries without the closing `.`, for
 * {@link decodeEntries}; null when it does not end in one: its writer has not finished, or died.
 */
export function decodeSpoolFile(content: string): readonly string[] | null {
  const entries = content.split("\0");
  if (entries.at(-1) === "") entries.pop();
  return entries.pop() === "." ? entries : null;
}
