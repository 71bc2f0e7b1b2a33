import { expect, it } from "vitest";
import { dialledNames, lineOf } from "../../../lib/redial/line.ts";
import { aLink, planOf, uplink } from "../plan/support.ts";

const GSM = uplink("gsm", 'interface = "ppp0"');
const LTE = uplink("lte", 'interface = "usb0"\ngateway = "192.0.2.1"');

function lineIn(text: string, given: Parameters<typeof planOf>[1]) {
  const [state] = planOf(text, given).uplinks;
  return state === undefined ? null : lineOf(state);
}

it("a session with an address is alive", () => {
  expect(lineIn(GSM, { links: [aLink("ppp0", ["100.64.0.7 peer 100.64.0.1"])] })).toBe("alive");
});

it("a session without a device is dead", () => expect(lineIn(GSM, {})).toBe("dead"));

it("a session without an address is coming", () => {
  expect(lineIn(GSM, { links: [aLink("ppp0", [])] })).toBe("coming");
});

it("a session that was switched off by hand is alive all the same", () => {
  const given = { links: [aLink("ppp0", ["100.64.0.7"])], state: { manual: { gsm: "disabled" as const } } };
  expect(lineIn(GSM, given)).toBe("alive");
});

it("a silent session is alive: a second one would stand beside it", () => {
  const [state] = planOf(GSM, { links: [aLink("ppp0", ["100.64.0.7"])] }).uplinks;
  expect(state && lineOf({ ...state, state: "down" })).toBe("alive");
});

it("a silent network card is given a while", () => {
  const [state] = planOf(LTE, { links: [aLink("usb0", ["192.0.2.5/24"])] }).uplinks;
  expect(state && lineOf({ ...state, state: "down" })).toBe("coming");
});

it("a network card without an address is coming", () => {
  expect(lineIn(LTE, { links: [aLink("usb0", [])] })).toBe("coming");
});

it("a network card without a carrier is dead", () => {
  expect(lineIn(LTE, { links: [aLink("usb0", ["192.0.2.5/24"], { carrier: false })] })).toBe("dead");
});

it("a network card that is not there is dead", () => expect(lineIn(LTE, {})).toBe("dead"));

it.each([
  [null, "pon gsm", ["gsm"]],
  [null, "/usr/bin/pon -q gsm", ["gsm"]],
  ["gsm", "pon gsm", ["gsm"]],
  ["isp", "pppd nodetach call dsl", ["isp", "dsl"]],
  [null, "systemctl start ppp@gsm.service", ["gsm"]],
  [null, "wvdial gsm", ["wvdial"]],
  [null, "nmcli connection up lte", []],
  [null, "ifup wan", []],
])("peer %s, dialled by %s", (peer, argv, names) => {
  expect(dialledNames(peer, argv.split(" "))).toEqual(names);
});
