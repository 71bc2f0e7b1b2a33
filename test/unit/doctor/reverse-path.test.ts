import { describe, expect, it } from "vitest";
import type { Facts } from "../../../lib/doctor/facts.ts";
import { reversePath } from "../../../lib/doctor/findings/reverse-path.ts";
import { commands, facts, ids, iptables, step, twoLines, twoUplinks } from "./support.ts";

const conf = (device: string) => `/proc/sys/net/ipv4/conf/${device}/rp_filter`;
const house = twoUplinks();
const rp = (all: number, eth0: number, usb0: number, how: Partial<Facts> = {}) =>
  reversePath(
    facts({
      house,
      settings: { [conf("all")]: `${all}`, [conf("eth0")]: `${eth0}`, [conf("usb0")]: `${usb0}` },
      ...how,
    }),
  );

describe("the reverse path filter", () => {
  it.each([
    [0, 0, 0, 0],
    [0, 2, 2, 0],
    [1, 2, 2, 0],
    [2, 1, 1, 0],
    [2, 0, 0, 0],
    [0, 1, 2, 1],
    [1, 0, 2, 1],
    [1, 1, 1, 2],
    [1, 0, 0, 2],
  ])("all %i, eth0 %i, usb0 %i: %i too strict, as the greater counts", (all, eth0, usb0, count) =>
    expect(rp(all, eth0, usb0)).toHaveLength(count),
  );
  it("of other devices is no matter", () =>
    expect(reversePath(facts({ house, settings: { [conf("all")]: "0", [conf("eth1")]: "1" } }))).toEqual([]));
  it("is not looked at without a configuration", () => expect(rp(1, 1, 1, { house: null })).toEqual([]));
  it("breaks the routing", () => expect(ids(rp(0, 1, 2))).toEqual(["error reverse-path-strict"]));
  it("tells the file that sets it, and changes its line", () => {
    const found = rp(0, 1, 2, {
      files: { "/etc/sysctl.d/50-hard.conf": "# x\nnet.ipv4.conf.eth0.rp_filter=1\n" },
    });
    expect(found[0]?.found).toContain("/etc/sysctl.d/50-hard.conf:2: net.ipv4.conf.eth0.rp_filter=1");
    expect(step(found, "edit")).toMatchObject({
      path: "/etc/sysctl.d/50-hard.conf",
      to: "net.ipv4.conf.eth0.rp_filter = 2",
    });
  });
  it.each([
    "net/ipv4/conf/eth0/rp_filter = 1",
    "-net.ipv4.conf.eth0.rp_filter=1",
    "net.ipv4.conf.*.rp_filter = 1",
  ])("finds it written as %s", (line) =>
    expect(rp(0, 1, 2, { files: { "/etc/sysctl.conf": line } })[0]?.found).toContain(
      `/etc/sysctl.conf:1: ${line}`,
    ),
  );
  it.each([
    "net.ipv4.conf.*.arp_filter = 1",
    "net.ipv4.conf.eth1.rp_filter = 1",
    "net.ipv4.conf.eth0.rp_filter = 2",
  ])("does not take for it %s", (line) =>
    expect(rp(0, 1, 2, { files: { "/etc/sysctl.conf": line } })[0]?.found).toHaveLength(1),
  );
  it("is set by hand where Waymark is applied, else by apply", () => {
    expect(commands(rp(0, 1, 2))).toEqual(["sysctl -w net.ipv4.conf.eth0.rp_filter=2"]);
    const self = { ...facts().self, applied: false };
    expect(commands(rp(0, 1, 2, { self }))).toEqual(["waymark apply"]);
  });
  it("of new devices matters to PPP only", () => {
    const settings = { [conf("default")]: "1" };
    expect(ids(reversePath(facts({ house, settings })))).toEqual([]);
    expect(ids(reversePath(facts({ house: twoLines(), settings })))).toEqual([
      "note reverse-path-default-strict",
    ]);
  });
});

describe("a reverse path rule", () => {
  const raw = (rule: string) =>
    reversePath(facts({ house, filter: iptables(`*raw\n:PREROUTING ACCEPT [0:0]\n${rule}\n`) }));
  const STRICT = "-A PREROUTING -m rpfilter --invert -j DROP";

  it("drops answers", () => expect(ids(raw(STRICT))).toEqual(["error reverse-path-rule"]));
  it("that is loose does not", () => expect(raw(STRICT.replace("--invert", "--loose --invert"))).toEqual([]));
  it("for other devices does not", () => expect(raw(STRICT.replace("-m", "-i eth1 -m"))).toEqual([]));
  it("for IPv6 is no matter while no uplink has it", () =>
    expect(
      reversePath(
        facts({ house, filter: iptables(`*raw\n:PREROUTING ACCEPT [0:0]\n${STRICT}\n`, "ip6tables", 6) }),
      ),
    ).toEqual([]));
});
