import { describe, expect, it } from "vitest";
import type { Device, Facts } from "../../../lib/doctor/facts.ts";
import { carrier } from "../../../lib/doctor/findings/carrier.ts";
import {
  commands,
  device,
  entry,
  facts,
  house,
  ids,
  process,
  step,
  twoLines,
  twoUplinks,
  WATCH,
} from "./support.ts";

const ONE = house('[uplink.cable]\ninterface = "eth0"\n');
const BRIDGED = house('[uplink.cable]\ninterface = "br0"\ncarrier = "eth0"\n');
const UNWATCHED = ["warning carrier-unwatched"];

const on = (devices: readonly Device[], how: Partial<Facts> = {}) =>
  carrier(facts({ house: ONE, devices, ...how }));
const eth0 = device("eth0");

const PORT_AND_BRIDGE = [device("br0", { kind: "bridge" }), device("eth0", { master: "br0" })];

describe("the cable of an uplink", () => {
  it("is watched by nobody", () => expect(ids(on([eth0]))).toEqual(UNWATCHED));
  it("is watched by watch", () => expect(on([eth0], { processes: [WATCH] })).toEqual([]));
  it("is watched by NetworkManager", () =>
    expect(on([eth0], { networkManager: { eth0: "connected" } })).toEqual([]));
  it("is watched by NetworkManager while it is out", () =>
    expect(on([eth0], { networkManager: { eth0: "unavailable" } })).toEqual([]));
  it("is not watched by a NetworkManager that leaves it alone", () =>
    expect(ids(on([eth0], { networkManager: { eth0: "unmanaged" } }))).toEqual(UNWATCHED));
  it.each([["-i", "eth0"], ["-ieth0"], ["--iface", "eth0"], ["-I", "-i", "eth0"]])(
    "is watched by ifplugd %s %s %s",
    (...words) => expect(on([eth0], { processes: [process("/usr/sbin/ifplugd", ...words)] })).toEqual([]),
  );
  it("is not watched by the ifplugd of another", () =>
    expect(ids(on([eth0], { processes: [process("/usr/sbin/ifplugd", "-i", "eth1")] }))).toEqual(UNWATCHED));
  it("is watched by dhcpcd where it has a hook", () => {
    const processes = [process("dhcpcd:", "eth0", "[ip4]", "[ip6]")];
    expect(ids(on([eth0], { processes }))).toEqual(UNWATCHED);
    const entries = { "/usr/lib/dhcpcd/dhcpcd-hooks/70-waymark": entry() };
    expect(on([eth0], { processes, entries })).toEqual([]);
  });
  it("is watched by the dhcpcd of all devices", () => {
    const processes = [process("dhcpcd:", "[manager]", "[ip4]")];
    const files = { "/etc/dhcpcd.exit-hook": "/usr/libexec/waymark/dhcpcd\n" };
    expect(on([eth0], { processes, files })).toEqual([]);
    expect(
      ids(on([eth0], { processes, files: { ...files, "/etc/dhcpcd.conf": "denyinterfaces eth*\n" } })),
    ).toEqual(UNWATCHED);
    expect(
      ids(on([eth0], { processes, files: { ...files, "/etc/dhcpcd.conf": "allowinterfaces wlan0\n" } })),
    ).toEqual(UNWATCHED);
  });
  it("is not there: a modem, Wi-Fi, a tunnel, a line", () => {
    expect(on([])).toEqual([]);
    expect(on([device("eth0", { wireless: true })])).toEqual([]);
    expect(on([device("eth0", { kind: "wireguard" })])).toEqual([]);
    expect(carrier(facts({ house: twoLines(), devices: [device("ppp0"), device("ppp1")] }))).toEqual([]);
  });
  it("behind a bridge of its own is told by the bridge", () =>
    expect(
      ids(
        carrier(
          facts({
            house: BRIDGED,
            devices: PORT_AND_BRIDGE,
          }),
        ),
      ),
    ).toEqual(UNWATCHED));
  it("behind a bridge is told by no NetworkManager", () =>
    expect(
      ids(
        carrier(
          facts({
            house: BRIDGED,
            devices: PORT_AND_BRIDGE,
            networkManager: { br0: "connected", eth0: "connected" },
          }),
        ),
      ),
    ).toEqual(UNWATCHED));
  it("behind a bridge with other ports is seen by nobody at all", () =>
    expect(
      ids(
        carrier(
          facts({
            house: BRIDGED,
            devices: [
              device("br0", { kind: "bridge" }),
              device("eth0", { master: "br0" }),
              device("tap0", { master: "br0" }),
            ],
          }),
        ),
      ),
    ).toEqual(["error carrier-unwatched"]));
  it("is left to watch where that is installed", () =>
    expect(
      commands(on([eth0], { entries: { "/usr/lib/systemd/system/waymark-watch.service": entry() } })),
    ).toEqual(["systemctl enable --now waymark-watch.service"]));
  it("is left to ifplugd where that is installed", () => {
    const conf = (interfaces: string) =>
      step(
        on([eth0], {
          entries: { "/usr/sbin/ifplugd": entry() },
          files: { "/etc/default/ifplugd": `INTERFACES="${interfaces}"\n` },
        }),
        "edit",
      ).to;
    expect(conf("")).toBe('INTERFACES="eth0"');
    expect(conf("eth1 eth2")).toBe('INTERFACES="eth1 eth2 eth0"');
  });
  it("of several uplinks is told at once", () => {
    const found = carrier(facts({ house: twoUplinks(), devices: [eth0, device("usb0")] }));
    expect(found.map(({ title }) => title)).toEqual([
      "nobody tells Waymark of the cable of eth0, usb0 (cable, lte)",
    ]);
  });
});
