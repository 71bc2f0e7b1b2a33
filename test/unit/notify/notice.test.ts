import fc from "fast-check";
import { expect, it } from "vitest";
import { noticesOf } from "../../../lib/notify/notice.ts";
import { NO_STATE, type State, type UplinkRecord } from "../../../lib/state/record.ts";
import { aRecord } from "../plan/support.ts";

const UP = aRecord({ interface: "ppp0", address4: "198.51.100.7", since: 1_000 });
const DOWN = aRecord({ interface: "ppp0", state: "down", reason: "no carrier on ppp0", since: 2_000 });

function state(
  uplinks: Record<string, UplinkRecord>,
  choice: string[] = [],
  how: Partial<State> = {},
): State {
  return { ...NO_STATE, uplinks, choice, ...how };
}

/** `down adsl: no carrier on eth0` */
function told(before: State, after: State): string[] {
  return noticesOf(before, after, 9_000).map(
    ({ event, uplink, reason }) => `${event} ${uplink}${reason === "" ? "" : `: ${reason}`}`,
  );
}

it("nothing changed: nothing to tell", () => {
  const same = state({ a: UP, b: DOWN }, ["a"]);
  expect(told(same, same)).toEqual([]);
});

it("a line that died, and what takes over", () => {
  expect(told(state({ a: UP, b: UP }, ["a"]), state({ a: DOWN, b: UP }, ["b"]))).toEqual([
    "down a: no carrier on ppp0",
    "switch b: a: no carrier on ppp0",
  ]);
});

it("a line that returned with the address it had", () => {
  const away = state({ a: DOWN, b: UP }, ["b"], { lastAddresses: { a: UP, b: UP } });
  expect(told(away, state({ a: UP, b: UP }, ["a"]))).toEqual(["up a", "switch a: a is up"]);
});

it("a line that returned with another address", () => {
  const away = state({ a: DOWN }, [], { lastAddresses: { a: { address4: "198.51.100.9", address6: null } } });
  expect(told(away, state({ a: UP }, ["a"]))).toEqual(["up a", "address a", "switch a: a is up"]);
  expect(noticesOf(away, state({ a: UP }, ["a"]), 0)[1]?.old.address4).toBe("198.51.100.9");
});

it("an address that changed under a line", () => {
  const after = state({ a: { ...UP, address4: "198.51.100.8" } }, ["a"]);
  expect(told(state({ a: UP }, ["a"]), after)).toEqual(["address a"]);
});

it("an IPv6 address that came", () => {
  const after = state({ a: { ...UP, address6: "2001:db8::1" } }, ["a"]);
  expect(told(state({ a: UP }, ["a"]), after)).toEqual(["address a"]);
});

it("an address that went while the other family stays is no new address", () => {
  const both = state({ a: { ...UP, address6: "2001:db8::1" } }, ["a"]);
  expect(told(both, state({ a: UP }, ["a"]))).toEqual([]);
});

it("the first run after a boot: what is up, with its address", () => {
  expect(told(NO_STATE, state({ a: UP, b: DOWN }, ["a"]))).toEqual([
    "up a",
    "address a",
    "switch a: a is up",
  ]);
});

it("another reason for being down is no news", () => {
  expect(told(state({ a: DOWN }), state({ a: { ...DOWN, state: "absent", reason: "gone" } }))).toEqual([]);
});

it("a line that is asked again after its carrier came back is down until it has answered", () => {
  const asked = state({ a: { ...UP, state: "checking", reason: "gateway has not answered yet" } });
  expect(told(state({ a: UP }, ["a"]), asked)).toEqual([
    "down a: gateway has not answered yet",
    "switch null: a: gateway has not answered yet",
  ]);
});

it("a line that does badly, and one that does better", () => {
  const after = state({ a: { ...UP, reason: "loss 40 %" }, b: UP }, ["b"]);
  expect(told(state({ a: UP, b: UP }, ["a"]), after)).toEqual(["switch b: a: loss 40 %"]);
});

it("a line that is drained by hand", () => {
  const after = state({ a: UP, b: UP }, ["b"], { manual: { a: "drained" } });
  expect(told(state({ a: UP, b: UP }, ["a"]), after)).toEqual(["switch b: a: drained by hand"]);
});

it("a line that joins the choice", () => {
  const before = state({ a: UP, b: DOWN }, ["a"], { lastAddresses: { b: UP } });
  expect(told(before, state({ a: UP, b: UP }, ["a", "b"]))).toEqual(["up b", "switch a: b is up"]);
});

it("an uplink that the configuration no longer has", () => {
  expect(told(state({ a: UP, b: UP }, ["a"]), state({ b: UP }, ["b"]))).toEqual([
    "switch b: a: no longer configured",
  ]);
});

it("a state that an older version wrote: no address is new", () => {
  const old = { ...state({ a: UP }, ["a"]), lastAddresses: undefined } as unknown as State;
  expect(told(old, state({ a: UP }, ["a"]))).toEqual([]);
});

const aState = fc
  .record({
    a: fc.constantFrom(UP, DOWN, { ...UP, address4: "198.51.100.8" }),
    b: fc.constantFrom(UP, DOWN),
    choice: fc.constantFrom<string[][]>([], ["a"], ["b"], ["a", "b"]),
  })
  .map(({ a, b, choice }) => state({ a, b }, choice));

it("up and down of an uplink take turns, whatever happens", () => {
  fc.assert(
    fc.property(fc.array(aState, { minLength: 1, maxLength: 20 }), (states) => {
      const last: Record<string, string> = {};
      let before = NO_STATE;
      for (const after of states) {
        for (const { event, uplink } of noticesOf(before, after, 0)) {
          if (event !== "up" && event !== "down") continue;
          expect(last[uplink ?? ""] ?? "down").not.toBe(event);
          last[uplink ?? ""] = event;
        }
        before = after;
      }
    }),
  );
});

it("a line that is looked at anew is neither down nor up again by that", () => {
  const anew = aRecord({
    state: "checking",
    reason: "waiting for the first answer",
    address4: "198.51.100.9",
  });
  const checked = state({ a: anew }, [], { told: { a: true } });
  const up = state({ a: { ...UP, address4: "198.51.100.9" } }, [], { told: { a: true } });
  expect(told(state({ a: UP }), checked)).toEqual([]);
  expect(
    told({ ...checked, lastAddresses: { a: { address4: "198.51.100.7", address6: null } } }, up),
  ).toEqual(["address a"]);
  const dead = state({ a: { ...DOWN, reason: "no answer" } }, [], { told: { a: false } });
  expect(told(checked, dead)).toEqual(["down a: no answer"]);
});
