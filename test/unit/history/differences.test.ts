import { describe, expect, it } from "vitest";
import { differences } from "../../../lib/history/differences.ts";
import { NO_STATE, type State, type UplinkRecord } from "../../../lib/state/record.ts";
import { aRecord } from "../plan/support.ts";

const up = (device: string, address4: string, how: Partial<UplinkRecord> = {}) =>
  aRecord({ interface: device, address4, state: "up", reason: "", ...how });
const down = (device: string, reason: string, how: Partial<UplinkRecord> = {}) =>
  aRecord({ interface: device, state: "down", reason, ...how });

const ADSL = up("eth0", "192.168.1.5");
const LTE = up("usb0", "192.168.42.7");
const state = (how: Partial<State>): State => ({ ...NO_STATE, ...how });
const both = state({ uplinks: { adsl: ADSL, lte: LTE }, choice: ["adsl"] });

const told = (title: string, before: State, after: State, expected: readonly string[]) =>
  it(title, () => expect(differences(before, after)).toEqual(expected));

describe("why the choice changed", () => {
  told(
    "the chosen one is down",
    both,
    state({ uplinks: { adsl: down("eth0", "no carrier on eth0"), lte: LTE }, choice: ["lte"] }),
    ["choice adsl -> lte: adsl down: no carrier on eth0"],
  );
  told(
    "a better one is back",
    state({ uplinks: { adsl: down("eth0", "no carrier on eth0"), lte: LTE }, choice: ["lte"] }),
    both,
    ["choice lte -> adsl: adsl up 192.168.1.5 on eth0"],
  );
  told(
    "nothing is left",
    both,
    state({ uplinks: { adsl: down("eth0", "no carrier on eth0"), lte: aRecord({ state: "absent" }) } }),
    ["choice adsl -> none: adsl down: no carrier on eth0", "lte absent"],
  );
  told("the first time", NO_STATE, state({ uplinks: { adsl: ADSL }, choice: ["adsl"] }), [
    "choice none -> adsl: adsl up 192.168.1.5 on eth0",
  ]);
  told("drained", both, state({ uplinks: both.uplinks, manual: { adsl: "drained" }, choice: ["lte"] }), [
    "choice adsl -> lte: adsl drained by hand",
  ]);
  told(
    "disabled",
    both,
    state({
      uplinks: { adsl: aRecord({ state: "disabled", reason: "switched off by hand" }), lte: LTE },
      manual: { adsl: "disabled" },
      choice: ["lte"],
    }),
    ["choice adsl -> lte: adsl disabled by hand"],
  );
  told(
    "enabled again",
    state({ uplinks: both.uplinks, manual: { adsl: "drained" }, choice: ["lte"] }),
    both,
    ["choice lte -> adsl: adsl enabled by hand"],
  );
  told(
    "it answers badly",
    both,
    state({ uplinks: { adsl: { ...ADSL, reason: "degraded: 40 % loss" }, lte: LTE }, choice: ["lte"] }),
    ["choice adsl -> lte: adsl degraded: 40 % loss"],
  );
  told("it left the configuration", both, state({ uplinks: { lte: LTE }, choice: ["lte"] }), [
    "choice adsl -> lte: adsl is in the configuration no more",
  ]);
  told("another tier", both, state({ uplinks: both.uplinks, choice: ["lte"] }), [
    "choice adsl -> lte: the configuration is another",
  ]);
  told(
    "two at once",
    state({ uplinks: { adsl: ADSL, lte: LTE }, choice: ["adsl", "lte"] }),
    state({
      uplinks: { adsl: down("eth0", "no carrier on eth0"), lte: down("usb0", "usb0 has no address") },
    }),
    ["choice adsl+lte -> none: adsl down: no carrier on eth0, lte down: usb0 has no address"],
  );
  told(
    "what has to do with it is not said twice, the rest is",
    both,
    state({
      uplinks: { adsl: down("eth0", "no carrier on eth0"), lte: LTE, gsm: up("ppp0", "10.0.0.7") },
      choice: ["lte"],
    }),
    ["choice adsl -> lte: adsl down: no carrier on eth0", "gsm up 10.0.0.7 on ppp0"],
  );
});

describe("what changed without a new choice", () => {
  told("nothing", both, both, []);
  told(
    "an address",
    both,
    state({ ...both, uplinks: { adsl: { ...ADSL, address4: "192.168.1.9" }, lte: LTE } }),
    ["adsl address 192.168.1.5 -> 192.168.1.9"],
  );
  told(
    "IPv6 only",
    NO_STATE,
    state({ uplinks: { a: aRecord({ interface: "e", state: "up", reason: "", address6: "2001:db8::7" }) } }),
    ["a up 2001:db8::7 on e"],
  );
  told(
    "well again",
    state({ ...both, uplinks: { adsl: { ...ADSL, reason: "degraded: 40 % loss" }, lte: LTE } }),
    both,
    ["adsl well again"],
  );
  told("a reason with a semicolon", NO_STATE, state({ uplinks: { a: down("e", "no gateway; write one") } }), [
    "a down: no gateway, write one",
  ]);
  told(
    "disabled while it was away",
    state({ uplinks: { a: down("e", "no carrier on e") } }),
    state({ uplinks: { a: down("e", "no carrier on e") }, manual: { a: "drained" } }),
    ["a drained by hand, down: no carrier on e"],
  );
});
