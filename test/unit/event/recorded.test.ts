/** Invocations as real callers made them, and some as an attacker would: arguments, variables, what must come out. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { EventSource, Facts, LinkEvent } from "../../../lib/event/event.ts";
import { parseEvent } from "../../../lib/event/parse.ts";

interface Recorded {
  readonly id: string;
  /** Package and directory that the caller looked in. */
  readonly hook: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly expect:
    | { readonly ignore: true }
    | { readonly kind: LinkEvent["kind"]; readonly interface: string | null; readonly facts: Partial<Facts> };
}

const SOURCES: Readonly<Record<string, EventSource>> = {
  "ppp/ip-up.d": "ppp-ip-up",
  "ppp/ipv6-up.d": "ppp-ip-up",
  "ppp/ip-down.d": "ppp-ip-down",
  "ppp/ipv6-down.d": "ppp-ip-down",
  "ifplugd/action.d": "ifplugd",
  "ifupdown/if-up.d": "ifupdown",
  "ifupdown/if-post-down.d": "ifupdown",
  "nm/dispatcher.d": "nm-dispatcher",
  "nm/pre-up.d": "nm-dispatcher",
  "nm/pre-down.d": "nm-dispatcher",
  "dhclient/dhclient-exit-hooks.d": "dhclient",
  "dhcpcd/dhcpcd-hooks": "dhcpcd",
};

const file = new URL("../../fixtures/hook-events/events.json", import.meta.url);
const recorded = JSON.parse(readFileSync(file, "utf8")) as readonly Recorded[];

test("there are recordings of every hook", () => {
  expect(new Set(recorded.map((invocation) => invocation.hook))).toEqual(new Set(Object.keys(SOURCES)));
});

describe("recorded", () => {
  test.each(recorded.map((invocation) => [invocation.id, invocation.hook, invocation] as const))(
    "%s %s",
    (_id, hook, invocation) => {
      const source = SOURCES[hook];
      if (source === undefined) throw new Error(`no source for ${hook}`);
      const parsed = parseEvent(source, invocation.argv, invocation.env);
      if ("ignore" in invocation.expect) expect(parsed).toEqual({ ignore: expect.any(String) });
      else expect(parsed).toMatchObject({ source, ...invocation.expect });
    },
  );
});
