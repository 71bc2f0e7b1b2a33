/** What holds for every parser, whatever it is given. */

import { isIPv4, isIPv6 } from "node:net";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { EventSource } from "../../../lib/event/event.ts";
import { parseEvent } from "../../../lib/event/parse.ts";
import { HOOK_VARIABLES } from "../../../lib/event/variables.ts";
import { isInterfaceName } from "../../../lib/net/interface-name.ts";
import { parseAddress } from "../../../lib/net/prefix.ts";

const SOURCES = Object.keys(HOOK_VARIABLES) as EventSource[];

/** Words that lead far into the parsers, and words that lead nowhere. */
const word = fc.oneof(
  fc.constantFrom(
    "eth0",
    "ppp0",
    "lo",
    "none",
    "",
    "--all",
    "eth0:1",
    "up",
    "down",
    "vpn-up",
    "pre-up",
    "reapply",
  ),
  fc.constantFrom("post-up", "post-down", "start", "stop", "inet", "inet6", "static", "connectivity-change"),
  fc.constantFrom(
    "0.0.0.0",
    "::",
    "10.64.64.64",
    "10.0.0.1",
    "192.168.1.5/24 192.168.1.1",
    "0.0.0.0/0 10.0.0.1",
    "16 10 5 192 0 2 9 0 192 0 2 1",
    "BOUND",
    "REBIND6",
    "ROUTERADVERT",
  ),
  fc.ipV4(),
  fc.ipV6(),
  fc.string({ unit: "binary", maxLength: 100 }),
  fc.stringMatching(/^[ -~]{0,20}$/),
);
const argv = fc.array(word, { maxLength: 8 });

/** Some of the source's own variables with such values. */
const environment = (source: EventSource) =>
  fc.dictionary(fc.constantFrom("X", ...HOOK_VARIABLES[source]), word, { maxKeys: 30 });

describe.each(SOURCES)("%s", (source) => {
  test("gives a name that is one, canonical facts, a short reason", () => {
    fc.assert(
      fc.property(argv, environment(source), (args, env) => {
        const parsed = parseEvent(source, args, env);
        if ("ignore" in parsed) {
          expect(parsed.ignore).toMatch(/^[^\p{C}]{1,500}$/u);
          return;
        }
        const { facts } = parsed;
        expect(parsed.source).toBe(source);
        expect(parsed.interface === null || isInterfaceName(parsed.interface)).toBe(true);
        expect([facts.local4, facts.gateway4].every((address) => address === null || isIPv4(address))).toBe(
          true,
        );
        expect([facts.local6, facts.gateway6].every((address) => address === null || isIPv6(address))).toBe(
          true,
        );
        for (const address of facts.dns) expect(parseAddress(address)?.address).toBe(address);
        expect(facts.dns.length).toBeLessThanOrEqual(8);
        for (const name of facts.peerNames) expect(name).toMatch(/^\P{C}{1,64}$/u);
        expect(facts.pppdPid === null || Number.isSafeInteger(facts.pppdPid)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test("gives the same when asked again", () => {
    fc.assert(
      fc.property(argv, environment(source), (args, env) => {
        expect(parseEvent(source, args, env)).toEqual(
          parseEvent(source, args, { ...env, NODE_OPTIONS: "x" }),
        );
      }),
    );
  });

  test("reads exactly the variables that its hook lets through", () => {
    const read = new Set<string>();
    fc.assert(
      fc.property(argv, environment(source), (args, env) => {
        const spy = new Proxy(env, {
          get: (target, name: string) => {
            read.add(name);
            return target[name];
          },
        });
        parseEvent(source, args, spy);
      }),
      { numRuns: 2000, seed: 1 },
    );
    expect([...read].sort()).toEqual([...HOOK_VARIABLES[source]].sort());
  });

  test("asks for variables that fit into an event", () => {
    expect(HOOK_VARIABLES[source].length).toBeLessThanOrEqual(64 - 8);
    for (const name of HOOK_VARIABLES[source]) expect(name).toMatch(/^[A-Za-z][A-Za-z0-9_]*$/);
  });
});
