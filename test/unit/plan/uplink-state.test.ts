import { describe, expect, it } from "vitest";
import { NO_FACTS } from "../../../lib/event/event.ts";
import { planPacketFilter } from "../../../lib/plan/packet-filter.ts";
import { aLink, anAddress, aRecord, type Given, mainDefault, planOf, uplink } from "./support.ts";

const AUTO = uplink("eth0", "tier = 1");
const FIXED = uplink("eth0", 'gateway = "192.0.2.1"\ntier = 1');
const VERIFIED = uplink("eth0", 'gateway = "192.0.2.1"\ntier = 1\nverify = "gateway"');
const eth0 = (how = {}) => aLink("eth0", ["192.0.2.5/24"], { index: 7, ...how });

const state = (title: string, text: string, given: Given, expected: string) =>
  it(title, () => {
    const found = planOf(text, given).uplinks[0];
    expect(`${found?.state}: ${found?.reason}`).toBe(expected);
  });

describe("an uplink's state", () => {
  state("up", FIXED, { links: [eth0()] }, "up: ");
  state("no device", FIXED, {}, "absent: there is no interface eth0");
  state("no session", uplink("dsl", 'peer = "dsl"\ntier = 1'), {}, 'absent: PPP peer "dsl" is not connected');
  state(
    "a session whose device is gone",
    uplink("dsl", 'peer = "dsl"\ntier = 1'),
    { peers: { dsl: "ppp4" } },
    "absent: there is no interface ppp4",
  );
  const SESSION = uplink("isp", 'peer = "isp"\ntier = 1');
  const dialled = { links: [aLink("ppp0", ["100.64.0.7 peer 100.64.0.1"])], peers: { isp: "ppp0" } };
  state(
    "a session on the device that another uplink is written with",
    SESSION + uplink("ppp0", "tier = 2"),
    dialled,
    "up: ",
  );
  state(
    "written with the device that is another's session now",
    uplink("ppp0", "tier = 2") + SESSION,
    dialled,
    "down: ppp0 is the line of [uplink.isp] now",
  );
  state(
    "two names of one session",
    uplink("other", 'peer = "other"\ntier = 2') + SESSION,
    { ...dialled, peers: { other: "ppp0", isp: "ppp0" } },
    "up: ",
  );
  it("one device is never two uplinks'", () => {
    const { uplinks, filter } = planOf(uplink("ppp0", "tier = 2") + SESSION, dialled);
    expect(uplinks.map((found) => found.interface)).toEqual([null, "ppp0"]);
    expect(JSON.stringify(planPacketFilter(filter))).not.toMatch(/"ppp0\\" : [^}]*"ppp0\\" : /);
  });
  state(
    "switched off",
    FIXED,
    { links: [eth0({ up: false })] },
    "down: eth0 is switched off (ip link set eth0 up)",
  );
  state("no carrier", FIXED, { links: [eth0({ carrier: false })] }, "down: no carrier on eth0");
  state("no address", FIXED, { links: [aLink("eth0", [])] }, "down: eth0 has no address");
  state(
    "an address that it gave itself, and the default route that dhcpcd adds to it",
    AUTO,
    { links: [aLink("eth0", ["169.254.2.211/16"])], main: [mainDefault("eth0", null)] },
    "down: eth0 has only the address 169.254.2.211, which it gave itself: no DHCP server answered",
  );
  state(
    "a tunnel whose ends are numbered so",
    AUTO,
    { links: [aLink("eth0", ["169.254.6.2/30"], { pointToPoint: true })] },
    "up: ",
  );
  state(
    "only addresses of the link itself",
    FIXED,
    { links: [aLink("eth0", ["fe80::1/64"])] },
    "down: eth0 has no address",
  );
  state(
    "no gateway",
    AUTO,
    { links: [eth0()] },
    'down: no gateway is known for eth0: neither NetworkManager, DHCP nor the main table told one; write gateway = "…" in [uplink.eth0]',
  );
  state(
    "disabled, whatever else",
    FIXED,
    { state: { manual: { eth0: "disabled" } } },
    "disabled: switched off by hand (waymark enable switches it on)",
  );
  state("drained is up", FIXED, { links: [eth0()], state: { manual: { eth0: "drained" } } }, "up: ");

  const bridged = uplink("br0", 'gateway = "192.0.2.1"\ntier = 1\ncarrier = "eth0"');
  const br0 = aLink("br0", ["192.0.2.5/24"]);
  state(
    "the port's cable counts",
    bridged,
    { links: [br0, eth0({ carrier: false })] },
    "down: no carrier on eth0",
  );
  state(
    "the port is switched off",
    bridged,
    { links: [br0, eth0({ up: false })] },
    "down: no carrier on eth0",
  );
  state("the port is plugged", bridged, { links: [br0, eth0()] }, "up: ");
  state(
    "the port is not there",
    bridged,
    { links: [br0] },
    "down: there is no interface eth0, whose carrier counts",
  );

  const heard = (how = {}) => ({
    uplinks: { eth0: aRecord({ index: 7, gateway4: "192.0.2.1", verified: true, ...how }) },
  });
  state(
    "a gateway never heard",
    VERIFIED,
    { links: [eth0()] },
    "checking: gateway 192.0.2.1 has not answered yet",
  );
  state("a gateway that answered", VERIFIED, { links: [eth0()], state: heard() }, "up: ");
  state(
    "it answered on another device",
    VERIFIED,
    { links: [eth0()], state: heard({ index: 6 }) },
    "checking: gateway 192.0.2.1 has not answered yet",
  );
  state(
    "another gateway answered",
    VERIFIED,
    { links: [eth0()], state: heard({ gateway4: "192.0.2.2" }) },
    "checking: gateway 192.0.2.1 has not answered yet",
  );
  state(
    "a point-to-point link has nobody to ask",
    uplink("ppp0", 'tier = 1\nverify = "gateway"'),
    { links: [aLink("ppp0", ["100.64.0.7 peer 100.64.0.1"])] },
    "up: ",
  );
});

const gateway = (title: string, text: string, given: Given, expected: string | null | undefined) =>
  it(title, () => expect(planOf(text, given).uplinks[0]?.path4?.gateway).toBe(expected));

const facts = (gateway4: string, local4: string | null, index = 7) => ({
  facts: { eth0: { index, facts: { ...NO_FACTS, gateway4, local4 } } },
});

describe("where the gateway comes from", () => {
  const main = [mainDefault("eth0", "192.0.2.9", { metric: 200 }), mainDefault("eth0", "192.0.2.8")];
  gateway("the file", FIXED, { links: [eth0()], main }, "192.0.2.1");
  gateway("main, the least metric", AUTO, { links: [eth0()], main }, "192.0.2.8");
  gateway(
    "not main's default of another device",
    AUTO,
    { links: [eth0()], main: [mainDefault("eth1", "192.0.2.8")] },
    undefined,
  );
  gateway(
    "main's default without a gateway",
    AUTO,
    { links: [eth0()], main: [mainDefault("eth0", null)] },
    null,
  );
  gateway(
    "a point-to-point link needs none",
    uplink("ppp0", "tier = 1"),
    { links: [aLink("ppp0", ["100.64.0.7"])] },
    null,
  );
  gateway("what a caller told", AUTO, { links: [eth0()], state: facts("192.0.2.3", null) }, "192.0.2.3");
  gateway(
    "told of a device that is gone",
    AUTO,
    { links: [eth0()], state: facts("192.0.2.3", null, 6) },
    undefined,
  );
  gateway(
    "told with an address that still is there",
    AUTO,
    { links: [eth0()], state: facts("203.0.113.1", "192.0.2.5") },
    "203.0.113.1",
  );
  gateway(
    "told with an address that is gone",
    AUTO,
    { links: [eth0()], state: facts("203.0.113.1", "192.0.2.66") },
    undefined,
  );
  gateway(
    "remembered, when main forgot it",
    AUTO,
    { links: [eth0()], state: { uplinks: { eth0: aRecord({ index: 7, gateway4: "192.0.2.4" }) } } },
    "192.0.2.4",
  );
  gateway(
    "remembered of another device",
    AUTO,
    { links: [eth0()], state: { uplinks: { eth0: aRecord({ index: 8, gateway4: "192.0.2.4" }) } } },
    undefined,
  );
});

describe("addresses", () => {
  const path6 = (title: string, addresses: readonly string[], expected: string | undefined) =>
    it(title, () => {
      const links = [aLink("eth0", addresses)];
      const main = [mainDefault("eth0", "fe80::1", { family: 6 })];
      expect(planOf(AUTO, { links, main }).uplinks[0]?.path6?.address).toBe(expected);
    });
  path6("a global IPv6 address reaches out", ["2001:db8::5/64"], "2001:db8::5");
  path6("a unique local one does not", ["fd00::5/64"], undefined);
  path6("nor one of the link", ["fe80::5/64"], undefined);

  it("one that cannot be used yet is none", () => {
    const link = { ...aLink("eth0", []), addresses: [{ ...anAddress("192.0.2.5/24"), usable: false }] };
    expect(planOf(FIXED, { links: [link] }).uplinks[0]?.reason).toBe("eth0 has no address");
  });
});
