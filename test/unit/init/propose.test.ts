import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DefaultRoute, Device, Facts, Kind, Peer, Session } from "../../../lib/init/facts.ts";
import { propose } from "../../../lib/init/propose.ts";
import { networkOf } from "../../../lib/net/prefix.ts";
import { configOf } from "../config/reading.ts";

const NOTHING: Facts = { devices: [], defaults: [], peers: [], sessions: [] };

function device(name: string, kind: Kind, rest: Partial<Device> = {}): Device {
  return { name, kind, up: true, carrier: true, networks: [], hasAddress: true, bridge: null, ...rest };
}

function route(name: string, rest: Partial<DefaultRoute> = {}): DefaultRoute {
  return { family: 4, device: name, gateway: "192.168.1.1", metric: 0, table: 254, ...rest };
}

/** `NAME DEVICE-OR-PEER TIER` of each uplink proposed. */
function proposed(facts: Partial<Facts>): string[] {
  const proposal = propose({ ...NOTHING, ...facts });
  if (proposal === null) return [];
  return configOf(proposal.text).uplinks.map(
    (uplink) => `${uplink.name} ${uplink.interface ?? uplink.peer} ${uplink.tier}`,
  );
}

describe("what becomes an uplink", () => {
  const eth = device("eth0", "ethernet");
  const lan = device("eth1", "ethernet");

  it("nothing", () => expect(propose(NOTHING)).toBe(null));
  it("the loopback is none", () => expect(proposed({ devices: [device("lo", "virtual")] })).toEqual([]));
  it("what holds a default route", () =>
    expect(proposed({ devices: [eth, lan], defaults: [route("eth0")] })).toEqual(["cable eth0 1"]));
  it("a LAN's port is only a comment", () =>
    expect(propose({ ...NOTHING, devices: [eth, lan], defaults: [route("eth0")] })?.text).toContain(
      '# interface = "eth1"',
    ));
  it("a virtual device only with a default route", () => {
    const docker = device("docker0", "virtual");
    expect(proposed({ devices: [docker] })).toEqual([]);
    expect(proposed({ devices: [docker], defaults: [route("docker0")] })).toEqual(["virtual docker0 4"]);
  });
  it("what has a cable and an address, if nothing has a route", () =>
    expect(proposed({ devices: [eth, device("eth1", "ethernet", { carrier: false })] })).toEqual([
      "cable eth0 1",
    ]));
  it("not without an address", () =>
    expect(proposed({ devices: [device("eth0", "ethernet", { hasAddress: false })] })).toEqual([]));
  it("cable, Wi-Fi and modem, in this order", () =>
    expect(
      proposed({
        devices: [device("usb0", "mobile"), device("wlan0", "wifi"), eth],
        defaults: [route("usb0"), route("wlan0"), route("eth0")],
      }),
    ).toEqual(["cable eth0 1", "wifi wlan0 2", "lte usb0 3"]));
  it("two cables by their metrics", () =>
    expect(
      proposed({
        devices: [eth, lan],
        defaults: [route("eth0", { metric: 200 }), route("eth1", { metric: 100 })],
      }),
    ).toEqual(["cable eth1 1", "cable2 eth0 2"]));
  it("a route in another table comes behind, with its gateway", () => {
    const facts = {
      devices: [eth, lan],
      defaults: [route("eth0", { table: 55 }), route("eth1", { metric: 900 })],
    };
    expect(proposed(facts)).toEqual(["cable eth1 1", "cable2 eth0 2"]);
    const { uplinks } = configOf(propose({ ...NOTHING, ...facts })?.text ?? "");
    expect(uplinks.map((uplink) => uplink.gateway)).toEqual([null, "192.168.1.1"]);
  });
  it("a session by its file, once", () =>
    expect(
      proposed({
        devices: [device("ppp0", "tunnel")],
        defaults: [route("ppp0", { gateway: null })],
        peers: [{ name: "dsl-provider", medium: "dsl", over: "eth0" }],
        sessions: [{ device: "ppp0", peer: "dsl-provider", medium: "dsl" }],
      }),
    ).toEqual(["dsl dsl-provider 1"]));
  it("a session whose file is not known by its device", () =>
    expect(
      proposed({
        devices: [device("ppp0", "tunnel")],
        sessions: [{ device: "ppp0", peer: null, medium: "modem" }],
      }),
    ).toEqual(["modem ppp0 3"]));
  it("what dials, though it is not connected; not what it dials over", () =>
    expect(
      proposed({
        devices: [eth],
        peers: [
          { name: "gsm", medium: "modem", over: null },
          { name: "dsl", medium: "dsl", over: "eth0" },
        ],
      }),
    ).toEqual(["dsl dsl 1", "modem gsm 3"]));
});

describe("what is said of it", () => {
  const network = networkOf("192.168.1.0", 4, 24);
  const first = (facts: Partial<Facts>) => configOf(propose({ ...NOTHING, ...facts })?.text ?? "").uplinks[0];

  it("a modem is metered", () =>
    expect(first({ devices: [device("usb0", "mobile")], defaults: [route("usb0")] })?.metered).toBe(true));
  it("a bridge's only port", () =>
    expect(
      first({
        devices: [device("br0", "bridge"), device("eth0", "ethernet", { bridge: "br0" })],
        defaults: [route("br0")],
      }),
    ).toMatchObject({ interface: "br0", carrier: "eth0" }));
  it("one of several ports is not guessed", () =>
    expect(
      first({
        devices: ["eth0", "eth1"]
          .map((name) => device(name, "ethernet", { bridge: "br0" }))
          .concat(device("br0", "bridge")),
        defaults: [route("br0")],
      })?.carrier,
    ).toBe(null));
  it("the cable of a LAN that Wi-Fi is in too is verified", () =>
    expect(
      propose({
        ...NOTHING,
        devices: [
          device("eth0", "ethernet", { networks: [network] }),
          device("wlan0", "wifi", { networks: [network] }),
        ],
        defaults: [route("eth0"), route("wlan0", { metric: 600 })],
      })?.uplinks.map((uplink) => uplink.verify),
    ).toEqual([true, false]));
  it("the same network behind another gateway is another", () =>
    expect(
      first({
        devices: [
          device("eth0", "ethernet", { networks: [network] }),
          device("wlan0", "wifi", { networks: [network] }),
        ],
        defaults: [route("eth0"), route("wlan0", { gateway: "192.168.1.2" })],
      })?.verify,
    ).toBe(null));
});

describe("whatever the machine", () => {
  const names = fc.constantFrom(
    "eth0",
    "eth1",
    "en0.7",
    "wlan0",
    "usb0",
    "br0",
    "wg0",
    "docker0",
    "ppp0",
    "ppp1",
    "-x",
    'a"b',
    "all",
  );
  const kinds = fc.constantFrom<Kind>("ethernet", "wifi", "mobile", "bridge", "tunnel", "virtual");
  const devices: fc.Arbitrary<Device> = fc.record({
    name: names,
    kind: kinds,
    up: fc.boolean(),
    carrier: fc.boolean(),
    networks: fc.constantFrom([], [networkOf("192.168.1.0", 4, 24)]),
    hasAddress: fc.boolean(),
    bridge: fc.constantFrom(null, "br0"),
  });
  const defaults: fc.Arbitrary<DefaultRoute> = fc.record({
    family: fc.constantFrom(4, 6),
    device: names,
    gateway: fc.constantFrom(null, "192.168.1.1", "fe80::1"),
    metric: fc.integer({ min: 0, max: 4294967295 }),
    table: fc.constantFrom(254, 55),
  });
  const media = fc.constantFrom("dsl", "modem");
  const peers: fc.Arbitrary<Peer> = fc.record({
    name: fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.@+-]{0,20}$/).filter((name) => !name.includes("..")),
    medium: media,
    over: fc.constantFrom(null, "eth0"),
  });
  const facts: fc.Arbitrary<Facts> = fc
    .record({
      devices: fc.uniqueArray(devices, { selector: ({ name }) => name }),
      defaults: fc.array(defaults),
      peers: fc.uniqueArray(peers, { selector: ({ name }) => name }),
    })
    .chain((rest) => {
      const sessions: fc.Arbitrary<Session> = fc.record({
        device: fc.constantFrom("ppp0", "ppp1"),
        peer: fc.constantFrom(null, ...rest.peers.map(({ name }) => name)),
        medium: media,
      });
      return fc
        .uniqueArray(sessions, { selector: (session) => session.device })
        .map((found) => ({ ...rest, sessions: found }));
    });

  it("the text is a right configuration, and says what was proposed", () => {
    fc.assert(
      fc.property(facts, (found) => {
        const proposal = propose(found);
        if (proposal === null) return;
        const { uplinks } = configOf(proposal.text);
        expect(uplinks.map((uplink) => uplink.name)).toEqual(proposal.uplinks.map((uplink) => uplink.name));
        expect(new Set(uplinks.map((uplink) => uplink.tier)).size).toBe(uplinks.length);
      }),
      { numRuns: 500 },
    );
  });
  it("so is the text without the comment signs of what was left out", () => {
    fc.assert(
      fc.property(facts, (found) => {
        const text = propose(found)?.text.replaceAll(/^# (?=\[uplink|interface = |tier = )/gm, "");
        if (text !== undefined) configOf(text);
      }),
      { numRuns: 500 },
    );
  });
});
