import { describe, expect, it } from "vitest";
import { freeField, marks } from "../../../lib/doctor/findings/marks.ts";
import { commands, facts, ids, iptables, step, TWO, twoUplinks, withRule } from "./support.ts";

const house = twoUplinks();
const rule = (fwmark: string, more: Readonly<Record<string, unknown>> = {}) =>
  marks(facts({ house, rules: withRule({ priority: 100, src: "all", fwmark, table: "100", ...more }) }));
const mangle = (target: string, config = TWO) =>
  marks(
    facts({
      house: twoUplinks(config),
      filter: iptables(`*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING ${target}\n`),
    }),
  );

const COLLIDE = ["error marks-collide"];
const OVERLAP = ["warning marks-overlap"];
const BESIDE = ["note marks-beside"];

describe("a routing rule with a mark", () => {
  it("of other bits is no matter", () => expect(rule("0x80000", { fwmask: "0xff0000" })).toEqual([]));
  it("that our packets meet takes them away", () =>
    expect(ids(rule("0x100", { fwmask: "0xff00" }))).toEqual(COLLIDE));
  it("that our packets meet by some bits does too", () =>
    expect(ids(rule("0", { fwmask: "0x400" }))).toEqual(COLLIDE));
  it("of all bits is met only by its own mark", () => expect(ids(rule("0xca6c"))).toEqual(BESIDE));
  it("of all bits, and none of ours set, is no matter", () => expect(rule("0x1")).toEqual([]));
  it("turned around is wg-quick's, and gets along", () => expect(rule("0xca6c", { not: null })).toEqual([]));
  it("of Waymark's own is no matter", () =>
    expect(rule("0x100", { fwmask: "0xff00", protocol: "87" })).toEqual([]));
  it("of a number that no uplink has gets along", () =>
    expect(ids(rule("0x4000", { fwmask: "0x4000" }))).toEqual(BESIDE));
  it("names the program that it looks like", () =>
    expect(rule("0xca6c")[0]?.found).toEqual(["ip rule 100: from all fwmark 0xca6c lookup 100 (wg-quick?)"]));
  it("is not looked at without a configuration", () =>
    expect(marks(facts({ rules: withRule({ priority: 1, fwmark: "0x100", fwmask: "0xff00" }) }))).toEqual(
      [],
    ));
});

describe("a packet-filter rule with a mark", () => {
  it.each([
    ["-j MARK --set-xmark 0x1/0xff", []],
    ["-j MARK --set-xmark 0x40000/0xff0000", []],
    ["-j MARK --set-xmark 0x4000/0x4000", OVERLAP],
    ["-j MARK --set-xmark 0x1/0xffffffff", OVERLAP],
    ["-j MARK --or-mark 0x8000", OVERLAP],
    ["-j MARK --and-mark 0xffff00ff", OVERLAP],
    ["-j MARK --set-xmark 0x100/0xff00", COLLIDE],
    ["-j MARK --set-xmark 0x200/0xffffffff", COLLIDE],
    ["-j MARK --set-xmark 0x10100/0xffffffff", COLLIDE],
    ["-j CONNMARK --set-xmark 0x100/0xffffffff", COLLIDE],
    ["-p tcp -j TPROXY --on-port 1 --on-ip 0.0.0.0 --tproxy-mark 0x4000/0x4000", BESIDE],
    ["-m mark ! --mark 0x5 -j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff", OVERLAP],
    ["-m mark --mark 0x0/0xff -j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff", OVERLAP],
    ["-m mark --mark 0x100/0xff00 -j ACCEPT", COLLIDE],
    ["-m connmark --mark 0x200/0x200 -j ACCEPT", COLLIDE],
    ["-m mark --mark 0x300/0xff00 -j ACCEPT", BESIDE],
    ["-j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff", OVERLAP],
    ["-j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff", []],
    ["-j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff", BESIDE],
    ["-m mark --mark 0xca6c -j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff", BESIDE],
    ["-p tcp -j TPROXY --on-port 1 --on-ip 0.0.0.0 --tproxy-mark 0x1/0xffffffff", []],
    ["-j ACCEPT", []],
  ])("%s", (target, expected) => expect([...new Set(ids(mangle(target)))]).toEqual(expected));
});

describe("the remedy", () => {
  const KUBE = "-j MARK --set-xmark 0x4000/0x4000";

  it("is a mask that nobody uses", () => {
    expect(step(mangle(KUBE), "append")).toEqual({
      do: "append",
      path: "/etc/waymark/waymark.toml",
      text: '[marks]\nmask = "0xff0000"\n',
    });
    expect(commands(mangle(KUBE))).toEqual(["waymark apply"]);
  });
  it("replaces the line where there is one", () => {
    const text = `${TWO}[marks]\nmask = "0xff00"\n`;
    const found = marks(
      facts({
        house: twoUplinks(text),
        files: { "/etc/waymark/waymark.toml": text },
        filter: iptables(`*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING ${KUBE}\n`),
      }),
    );
    expect(step(found, "edit")).toMatchObject({ line: 'mask = "0xff00"', to: 'mask = "0xff0000"' });
  });
  it("makes the finding go away", () => {
    const { text } = step(mangle(KUBE), "append");
    expect(mangle(KUBE, `${TWO}${text}`)).toEqual([]);
  });
});

describe("a free field", () => {
  it.each([
    [8, 0, 0xff00],
    [8, 0x4000, 0xff0000],
    [8, 0xff4000, 0xff000000],
    [8, 0xffffff00, 0xff],
    [8, 0xff00fff0, 0xff0000],
    [4, 0xffff0fff, 0xf000],
    [1, 0x7fffffff, 0x80000000],
    [32, 0, 0xffffffff],
  ])("of %i bits beside %i", (bits, used, field) => expect(freeField(bits, used)).toBe(field));
  it("there may be none", () => expect(freeField(8, 0x11111111)).toBe(null));
});
