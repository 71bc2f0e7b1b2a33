/** Command-line words: minimist, made strict. */

import minimist from "minimist";

/** A command that was not called as it can be; ends with status 2. */
export class UsageError extends Error {}

export interface OptionSpec {
  /** Options that take a value. */
  readonly strings: readonly string[];
  readonly booleans: readonly string[];
  /** Fewest and most words that are no options. */
  readonly positionals: readonly [number, number];
}

export interface Options {
  readonly values: Readonly<Record<string, string>>;
  readonly flags: Readonly<Record<string, boolean>>;
  readonly positionals: readonly string[];
}

/**
 * Reads the words behind a verb. Values stay text: minimist alone would make numbers of them, swallow a word behind a
 * switch that it does not know, and take a misspelt option in silence.
 * @throws UsageError naming the word that is wrong
 */
export function parseOptions(words: readonly string[], spec: OptionSpec): Options {
  const parsed = minimist([...words], {
    string: ["_", ...spec.strings],
    boolean: [...spec.booleans],
    unknown: (word) => {
      if (word.startsWith("-") && word !== "-") throw new UsageError(`unknown option ${word}`);
      return true;
    },
  });
  const values: Record<string, string> = {};
  for (const name of spec.strings) {
    const value: unknown = parsed[name];
    if (value === undefined) continue;
    if (typeof value !== "string" || value === "") throw new UsageError(`--${name} takes one value`);
    values[name] = value;
  }
  const flags = Object.fromEntries(spec.booleans.map((name) => [name, parsed[name] === true]));
  const [fewest, most] = spec.positionals;
  if (parsed._.length < fewest) throw new UsageError("something is missing");
  if (parsed._.length > most) throw new UsageError(`"${parsed._[most] ?? ""}" is one word too many`);
  return { values, flags, positionals: parsed._ };
}
