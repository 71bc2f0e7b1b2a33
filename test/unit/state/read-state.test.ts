import { describe, expect, it } from "vitest";
import { parseState } from "../../../lib/state/read-state.ts";
import { NO_STATE, type State } from "../../../lib/state/record.ts";

const FULL: State = {
  ...NO_STATE,
  uplinks: {
    adsl: {
      interface: "eth0",
      index: 2,
      state: "up",
      reason: "",
      since: 1,
      address4: "192.0.2.5",
      address6: null,
      gateway4: null,
      gateway6: null,
      verified: false,
    },
  },
  owed: { lte: { all: true, addresses: ["192.0.2.6"] } },
  settings: { "/proc/sys/net/ipv4/ip_forward": { was: "0", set: "1" } },
  choice: ["adsl"],
  switches: 3,
  errors: [{ at: 1, message: "x" }],
};

describe("a state", () => {
  it("is what was written", () => expect(parseState(JSON.parse(JSON.stringify(FULL)))).toEqual(FULL));
  it("of an older version lacks some", () => {
    const { lastAddresses: _, nameServers: __, ...older } = FULL;
    expect(parseState(older)).toEqual(FULL);
  });
  it.each([[], 7, "x", null, true, {}, { version: 2 }])("is not %j", (value) =>
    expect(parseState(value)).toBe(null),
  );
  it.each<Record<string, unknown>>([
    { uplinks: 7 },
    { uplinks: { adsl: 7 } },
    { uplinks: { adsl: {} } },
    { owed: { adsl: { all: true } } },
    { settings: [] },
    { settings: { "/proc/x": { was: 1, set: "2" } } },
    { facts: { eth0: { index: 1 } } },
    { choice: "adsl" },
    { errors: {} },
    { errors: [7] },
    { ipv6: "yes" },
  ])("does not hold %j", (wrong) => expect(parseState({ ...FULL, ...wrong })).toBe(null));
});
