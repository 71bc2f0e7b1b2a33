import { describe, expect, it } from "vitest";
import type { Facts, Self } from "../../../lib/doctor/facts.ts";
import { places } from "../../../lib/doctor/findings/places.ts";
import { service } from "../../../lib/doctor/findings/service.ts";
import { isOlder, tools, versionIn } from "../../../lib/doctor/findings/tools.ts";
import { commands, DEBIAN_12, enabled, entry, facts, ids, twoUplinks, WATCH, WELL } from "./support.ts";

const house = twoUplinks();
const UNIT = { "/usr/lib/systemd/system/waymark.service": entry() };

describe("Waymark itself", () => {
  const look = (self: Partial<Self>, how: Partial<Facts> = {}) =>
    service(
      facts({
        house,
        self: { ...WELL, ...self },
        entries: { ...UNIT, ...enabled("waymark.service") },
        ...how,
      }),
    );

  it("is well", () => expect(look({})).toEqual([]));
  it("is not configured", () =>
    expect(ids(look({ configured: false, applied: false }, { house: null }))).toEqual([
      "note not-configured",
    ]));
  it("has a wrong file, and a good one in force", () =>
    expect(ids(look({ configError: "w:1:1: x\nw:2:1: y" }))).toEqual(["warning config-wrong"]));
  it("has a wrong file, and nothing in force", () =>
    expect(ids(look({ configError: "w:1:1: x", applied: false }, { house: null }))).toEqual([
      "error config-wrong",
    ]));
  it("tells every problem of the file", () =>
    expect(look({ configError: "w:1:1: x\nw:2:1: y" })[0]?.found).toEqual(["w:1:1: x", "w:2:1: y"]));
  it("is stopped", () =>
    expect(look({ applied: false, stopped: true })[0]?.title).toBe("Waymark is stopped"));
  it("was never applied", () => expect(ids(look({ applied: false }))).toEqual(["note not-applied"]));
  it("misses something", () =>
    expect(ids(look({ drift: ["ip rule add priority 30001"] }))).toEqual(["error not-as-planned"]));
  it("misses much, of which some is shown", () =>
    expect(look({ drift: Array.from({ length: 20 }, (_, n) => `${n}`) })[0]?.found).toHaveLength(9));
  it("had errors", () => expect(ids(look({ lastErrors: ["a"] }))).toEqual(["note errors-before"]));
  it.each(['redial = "pon gsm"', '[uplink.cable.check]\nmethod = "ping"\ntargets = ["9.9.9.9"]'])(
    "has nobody who does what only watch does: %s",
    (line) => {
      const asked = twoUplinks(`[uplink.cable]\ninterface = "eth0"\n${line}\n`);
      expect(ids(look({}, { house: asked }))).toEqual(["warning watch-not-running"]);
      expect(look({}, { house: asked, processes: [WATCH] })).toEqual([]);
    },
  );
  it("is not started at boot", () =>
    expect(commands(look({}, { entries: UNIT }))).toEqual(["systemctl enable --now waymark.service"]));
  it("is masked", () =>
    expect(
      commands(
        look(
          {},
          { entries: { ...UNIT, "/etc/systemd/system/waymark.service": entry({ link: "/dev/null" }) } },
        ),
      ),
    ).toEqual(["systemctl unmask waymark.service", "systemctl enable --now waymark.service"]));
  it("is not installed as a service, which is its user's business", () =>
    expect(look({}, { entries: {} })).toEqual([]));
  it.each([
    ["waymark", "MemoryDenyWriteExecute=yes", 1],
    ["waymark", "MemoryDenyWriteExecute = true", 1],
    ["waymark", "ProtectKernelTunables=1", 1],
    ["waymark", "ProtectProc=invisible", 0],
    ["waymark", "MemoryDenyWriteExecute=no", 0],
    ["waymark", "#MemoryDenyWriteExecute=yes", 0],
    ["waymark", "ProtectHome=yes", 0],
    ["waymark-watch", "MemoryDenyWriteExecute=yes", 1],
    ["waymark-watch", "ProtectKernelTunables=yes", 0],
    ["waymark-watch", "ProtectProc=invisible", 1],
    ["waymark-watch", "ProtectProc=default", 0],
  ])("%s has a drop-in with %s: %i", (unit, line, count) =>
    expect(
      look({}, { files: { [`/etc/systemd/system/${unit}.service.d/x.conf`]: `[Service]\n${line}\n` } }),
    ).toHaveLength(count),
  );
});

describe("tools", () => {
  const look = (versions: Partial<Facts["versions"]>) =>
    ids(tools(facts({ versions: { ...DEBIAN_12, ...versions } })));

  it("of Debian 12 are right", () => expect(look({})).toEqual([]));
  it("of Debian 13 are right", () =>
    expect(
      look({
        node: "20.19.2",
        kernel: "6.12.9",
        ip: "ip utility, iproute2-6.15.0",
        nft: "nftables v1.1.3 (x)",
      }),
    ).toEqual([]));
  it.each([
    ["ip", "error ip-missing"],
    ["nft", "error nft-missing"],
    ["conntrack", "warning conntrack-missing"],
  ])("miss %s", (tool, id) => expect(look({ [tool]: null })).toEqual([id]));
  it("do not tell of the packet filter", () => {
    expect(ids(tools(facts({ filter: null })))).toEqual(["note packet-filter-unread"]);
    expect(ids(tools(facts({ filter: null, versions: { ...DEBIAN_12, nft: null } })))).toEqual([
      "error nft-missing",
    ]);
  });
  it("have an old node", () => expect(look({ node: "12.22.12" })).toEqual(["error node-old"]));
  it("have an old nft", () => expect(look({ nft: "nftables v0.9.8 (E.D.S.)" })).toEqual(["warning nft-old"]));
  it("have an old kernel", () => expect(look({ kernel: "5.10.0-28-amd64" })).toEqual(["warning kernel-old"]));
  it("have an ip that tells no version", () => expect(look({ ip: "ip utility, iproute2-ss1" })).toEqual([]));
});

describe("versions", () => {
  it.each([
    ["1.0.6", "1.0.6", false],
    ["1.0.10", "1.0.6", false],
    ["1.0.5", "1.0.6", true],
    ["0.9.8", "1.0.6", true],
    ["1.1", "1.0.6", false],
    ["6", "6.1", true],
    ["18.20.4", "18.0.0", false],
  ])("%s is older than %s: %s", (left, right, older) => expect(isOlder(left, right)).toBe(older));
  it.each([
    ["nftables v1.0.6 (Lester)", "1.0.6"],
    ["iproute2-6.1.0, libbpf 1.1.0", "6.1.0"],
    ["no number", null],
  ])("in %s: %s", (text, version) => expect(versionIn(text)).toBe(version));
});

describe("places", () => {
  const mounts = (...lines: string[]) =>
    ids(places(facts({ files: { "/proc/self/mounts": lines.join("\n") } })));
  const ROOT = "/dev/sda1 / ext4 rw,relatime 0 0";

  it("are there", () => expect(mounts(ROOT, "tmpfs /run tmpfs rw,nosuid,nodev,noexec 0 0")).toEqual([]));
  it("/run is read-only", () => expect(mounts(ROOT, "tmpfs /run tmpfs ro 0 0")).toEqual(["error read-only"]));
  it("the whole disk is", () =>
    expect(mounts("/dev/sda1 / ext4 ro 0 0", "tmpfs /run tmpfs rw 0 0")).toEqual(["error read-only"]));
  it("what is mounted last is seen", () =>
    expect(mounts(ROOT, "tmpfs /run tmpfs ro 0 0", "tmpfs /run tmpfs rw 0 0")).toEqual([]));
  it("another directory is read-only", () =>
    expect(mounts(ROOT, "tmpfs /runner tmpfs ro 0 0", "x /usr ext4 ro 0 0")).toEqual([]));
});

describe("the clock", () => {
  const at = (now: number, configTime: number | null) =>
    ids(places(facts({ now, self: { ...WELL, configTime } })));
  const TODAY = Date.UTC(2026, 10, 21);

  it("is right", () => expect(at(TODAY, TODAY - 1000)).toEqual([]));
  it("is that of 1970", () => expect(at(0, null)).toEqual(["warning clock-wrong"]));
  it("is behind the configuration", () =>
    expect(at(TODAY, TODAY + 60_000)).toEqual(["warning config-from-future"]));
  it("may be a little behind", () => expect(at(TODAY, TODAY + 1000)).toEqual([]));
  it("is compared with no file", () => expect(at(TODAY, null)).toEqual([]));
});
