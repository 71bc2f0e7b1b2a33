/** Schemas for single values. The message of each says what was found and what was expected. */

import * as v from "valibot";
import { isInterfaceName } from "../net/interface-name.ts";
import { alternatives, shown } from "./show.ts";
import { didYouMean } from "./suggest.ts";

/** `found 0, expected a whole number from 1 to 1000`. */
export function mismatch(found: unknown, expected: string): string {
  return `found ${shown(found)}, expected ${expected}`;
}

/** What a reader made of a value: its meaning, or a message. */
export type Reading<T> = { readonly value: T } | { readonly wrong: string };

/** A value that needs more than a comparison to be understood. */
export function read<T>(reader: (input: unknown) => Reading<T>) {
  return v.pipe(
    v.unknown(),
    v.rawTransform<unknown, T>(({ dataset, addIssue, NEVER }) => {
      const reading = reader(dataset.value);
      if ("value" in reading) return reading.value;
      addIssue({ message: reading.wrong });
      return NEVER;
    }),
  );
}

/** Text that passes a test; `expected` says in words what that is. */
export function text(expected: string, test: (input: string) => boolean) {
  return v.custom<string>(
    (input) => typeof input === "string" && test(input),
    (issue) => mismatch(issue.input, expected),
  );
}

/** true or false. */
export const flag = v.boolean((issue) => mismatch(issue.input, "true or false"));

/** A whole number within bounds, both included. */
export function wholeNumber(first: number, last: number) {
  return v.custom<number>(
    (input) => typeof input === "number" && Number.isInteger(input) && input >= first && input <= last,
    (issue) => mismatch(issue.input, `a whole number from ${first} to ${last}`),
  );
}

/** One of a few words. */
export function oneOf<const Word extends string>(words: readonly Word[]) {
  const expected = alternatives(words.map((word) => `"${word}"`));
  return v.picklist(words, ({ input }) => {
    const hint = typeof input === "string" && words.length > 1 ? didYouMean(input, words) : "";
    return `${mismatch(input, expected)}${hint}`;
  });
}

const INTERFACE = 'the name of a network interface: letters, digits, "_", "." and "-", at most 15 characters';

/** A name that the kernel takes for a network interface. */
export const interfaceName = read<string>((input) => {
  if (typeof input === "string" && isInterfaceName(input)) return { value: input };
  const long = typeof input === "string" && input.length > 15 && isInterfaceName(input.slice(0, 15));
  const wrong = long
    ? `found ${shown(input)}, which has ${input.length} characters; expected at most 15, the kernel takes no longer names`
    : mismatch(input, INTERFACE);
  return { wrong };
});

/** One value, or a list of at least one: always a list in the end. */
export function oneOrMore<T>(item: v.GenericSchema<unknown, T>) {
  return v.lazy(
    (input): v.GenericSchema<unknown, T[]> =>
      Array.isArray(input)
        ? v.pipe(
            v.array(item),
            v.check((list) => list.length > 0, "found an empty list, expected at least one element"),
          )
        : v.pipe(
            item,
            v.transform((value) => [value]),
          ),
  );
}
