import { describe, expect, it } from "vitest";
import { type Facts, type LinkEvent, NO_FACTS } from "../../../lib/event/event.ts";
import { withFacts } from "../../../lib/state/facts.ts";
import { NO_STATE, withError } from "../../../lib/state/record.ts";
import { aLink } from "../plan/support.ts";

const LINKS = [aLink("ppp0", [], { index: 7 })];
const event = (facts: Partial<Facts>, how: Partial<LinkEvent> = {}): LinkEvent => ({
  source: "ppp-ip-up",
  kind: "up",
  interface: "ppp0",
  facts: { ...NO_FACTS, ...facts },
  ...how,
});
const known = (facts: Partial<Facts>, index = 7) => ({ ppp0: { index, facts: { ...NO_FACTS, ...facts } } });

const merge = (
  title: string,
  before: ReturnType<typeof known> | object,
  events: readonly LinkEvent[],
  expected: object,
) => it(title, () => expect(withFacts(before as ReturnType<typeof known>, events, LINKS)).toEqual(expected));

describe("facts of events", () => {
  merge("are kept for the device", {}, [event({ dns: ["192.0.2.53"] })], known({ dns: ["192.0.2.53"] }));
  merge(
    "what was not told stays",
    known({ gateway4: "192.0.2.1" }),
    [event({ dns: ["192.0.2.53"] })],
    known({ gateway4: "192.0.2.1", dns: ["192.0.2.53"] }),
  );
  merge(
    "the last word counts",
    {},
    [event({ local4: "192.0.2.5" }), event({ local4: "192.0.2.6" })],
    known({ local4: "192.0.2.6" }),
  );
  merge(
    "name servers of one family leave the other's alone",
    known({ dns: ["192.0.2.53", "2001:db8::53"] }),
    [event({ dns: ["2001:db8::54"] }), event({ dns: ["192.0.2.54", "192.0.2.55"] })],
    known({ dns: ["192.0.2.54", "192.0.2.55", "2001:db8::54"] }),
  );
  merge(
    "another pppd: nothing of the former one holds",
    known({ pppdPid: 1, peerNames: ["old"], dns: ["192.0.2.53"] }),
    [event({ pppdPid: 2 })],
    known({ pppdPid: 2 }),
  );
  merge(
    "the same pppd",
    known({ pppdPid: 1, peerNames: ["gsm"] }),
    [event({ pppdPid: 1, local6: "fe80::1" })],
    known({ pppdPid: 1, peerNames: ["gsm"], local6: "fe80::1" }),
  );
  merge(
    "a down tells nothing",
    known({ dns: ["192.0.2.53"] }),
    [event({ dns: ["192.0.2.54"] }, { kind: "down" })],
    known({ dns: ["192.0.2.53"] }),
  );
  merge("of a device that is not there", {}, [event({}, { interface: "ppp9" })], {});
  merge("of no device", {}, [event({}, { interface: null })], {});
  merge("a device that came anew is another one", known({ dns: ["192.0.2.53"] }, 6), [], {});
  merge(
    "… of which only what is told now holds",
    known({ dns: ["192.0.2.53"] }, 6),
    [event({ local4: "192.0.2.5" })],
    known({ local4: "192.0.2.5" }),
  );
});

describe("errors that are kept", () => {
  const three = ["a", "b", "a"].reduce((state, message, at) => withError(state, message, at), NO_STATE);
  it("one that repeats moves its time", () =>
    expect(three.errors).toEqual([
      { at: 1, message: "b" },
      { at: 2, message: "a" },
    ]));
  it("the last ten", () => {
    const many = Array.from({ length: 12 }, (_, at) => `e${at}`).reduce(
      (state, text, at) => withError(state, text, at),
      NO_STATE,
    );
    expect(many.errors.map(({ message }) => message)).toEqual([
      "e2",
      "e3",
      "e4",
      "e5",
      "e6",
      "e7",
      "e8",
      "e9",
      "e10",
      "e11",
    ]);
  });
});
