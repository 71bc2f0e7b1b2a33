import { expect, test } from "vitest";
import type { EventSource, Facts, LinkEvent } from "../../../lib/event/event.ts";
import { parseEvent } from "../../../lib/event/parse.ts";

export type Environment = Readonly<Record<string, string>>;

/** The event, or a failing test if it was ignored. */
export function event(source: EventSource, argv: readonly string[], env: Environment = {}): LinkEvent {
  const parsed = parseEvent(source, argv, env);
  if ("ignore" in parsed) throw new Error(`ignored: ${parsed.ignore}`);
  return parsed;
}

/** The reason, or a failing test if it was not ignored. */
export function ignored(source: EventSource, argv: readonly string[], env: Environment = {}): string {
  const parsed = parseEvent(source, argv, env);
  if (!("ignore" in parsed)) throw new Error(`not ignored: ${JSON.stringify(parsed)}`);
  return parsed.ignore;
}

/** One test: these facts stand in the event. */
export function fact(
  name: string,
  source: EventSource,
  [argv, env]: readonly [readonly string[], Environment],
  facts: Partial<Facts>,
): void {
  test(name, () => expect(event(source, argv, env).facts).toMatchObject(facts));
}
