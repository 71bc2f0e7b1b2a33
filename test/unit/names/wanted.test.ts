import { expect, it } from "vitest";
import { wantedNames } from "../../../lib/names/wanted.ts";
import { NO_STATE, type State } from "../../../lib/state/record.ts";
import { configOf } from "../config/reading.ts";
import { aRecord, uplink } from "../plan/support.ts";

const TEXT = `${uplink("adsl", "tier = 1")}${uplink("lte", "tier = 2")}${uplink("gsm", "tier = 3")}`;
const CONFIG = configOf(`${TEXT}[dns]\n`);
const up = (index: number) => aRecord({ interface: `if${index}`, index, address4: "192.0.2.5" });
const DOWN = aRecord({ interface: "if1", index: 1, state: "down", address4: "192.0.2.5" });

/** `adsl if1/1 9.9.9.9 1.1.1.1` */
function wanted(how: Partial<State>, config = CONFIG): string[] {
  const state = { ...NO_STATE, uplinks: { adsl: up(1), lte: up(2), gsm: up(3) }, choice: ["adsl"], ...how };
  return wantedNames(config, state, 0).entries.map(
    ({ uplink: name, interface: device, index, servers }) =>
      `${name} ${device}/${index} ${servers.join(" ")}`,
  );
}

const NAMES = { adsl: ["9.9.9.9", "1.1.1.1"], lte: ["8.8.8.8"], gsm: ["10.8.0.1"] };

it("the servers of the choice", () => {
  expect(wanted({ nameServers: NAMES })).toEqual(["adsl if1/1 9.9.9.9 1.1.1.1"]);
});

it("of all of it, each server once", () => {
  expect(wanted({ nameServers: { ...NAMES, lte: ["1.1.1.1", "8.8.8.8"] }, choice: ["adsl", "lte"] })).toEqual(
    ["adsl if1/1 9.9.9.9 1.1.1.1", "lte if2/2 8.8.8.8"],
  );
});

it("those of the best other uplink that works, if the choice has none", () => {
  expect(wanted({ nameServers: { lte: ["8.8.8.8"], gsm: ["10.8.0.1"] } })).toEqual(["lte if2/2 8.8.8.8"]);
  const drained = {
    nameServers: { lte: ["8.8.8.8"], gsm: ["10.8.0.1"] },
    manual: { lte: "drained" as const },
  };
  expect(wanted(drained)).toEqual(["gsm if3/3 10.8.0.1"]);
});

it("nothing while nothing works", () => {
  expect(wanted({ nameServers: NAMES, choice: [], uplinks: { adsl: DOWN, lte: DOWN, gsm: DOWN } })).toEqual(
    [],
  );
});

it("nothing of a line that is down", () => {
  expect(wanted({ nameServers: { adsl: ["9.9.9.9"] }, uplinks: { adsl: DOWN } })).toEqual([]);
});

it("no server of a family that the line does not carry", () => {
  expect(wanted({ nameServers: { adsl: ["2620:fe::fe", "9.9.9.9"] } })).toEqual(["adsl if1/1 9.9.9.9"]);
  const both = { ...up(1), address6: "2001:db8::5" };
  expect(wanted({ nameServers: { adsl: ["2620:fe::fe"] }, uplinks: { adsl: both } })).toEqual([
    "adsl if1/1 2620:fe::fe",
  ]);
});

it("nothing unless the file asks for it", () => {
  expect(wanted({ nameServers: NAMES }, configOf(TEXT))).toEqual([]);
  expect(wanted({ nameServers: NAMES }, configOf(`${TEXT}[dns]\npublish = "none"\n`))).toEqual([]);
});
