import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Change, readIpLine } from "../../../lib/follow/ip-line.ts";

const reads = (title: string, line: string, expected: Change | null) =>
  it(title, () => expect(readIpLine(line)).toEqual(expected));

const FAR = "\\    link/[1] 02:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff";
const LIVES = "\\       valid_lft forever preferred_lft forever";

describe("links", () => {
  const link = (device: string, flags: string, gone = false): Change => ({
    kind: "link",
    index: 3,
    device,
    gone,
    flags,
  });
  reads("a device", `[LINK]3: eth0: <UP,LOWER_UP> mtu 1500 ${FAR}`, link("eth0", "UP,LOWER_UP"));
  reads("one end of a pair", `[LINK]3: eth0@if4: <UP> mtu 1500 ${FAR}`, link("eth0", "UP"));
  reads("one that is gone", `[LINK]Deleted 3: ppp0: <> mtu 1500 ${FAR}`, link("ppp0", "", true));
  reads("one called Deleted", `[LINK]3: Deleted@far: <UP> mtu 1500 ${FAR}`, link("Deleted", "UP"));
  reads("a hostile name", `[LINK]3: a"@\\$(x)@far: <UP> mtu 1500 ${FAR}`, link('a"@\\$(x)', "UP"));
  reads("a name that begins with @", "[LINK]3: @x: <UP> mtu", link("@x", "UP"));
});

describe("addresses", () => {
  const address = (text: string, how: Partial<Change> = {}) => ({
    kind: "address",
    index: 10,
    device: "eth0",
    gone: false,
    address: text,
    ...how,
  });
  const parts = (line: string) => {
    const { state, ...change } = readIpLine(line) as Change & { state: string };
    return [change, state.trim()];
  };
  it("one that lasts", () =>
    expect(parts(`[ADDR]10: eth0    inet 192.0.2.5/24 scope 0 eth0${LIVES}`)).toEqual([
      address("inet 192.0.2.5/24"),
      "scope 0 eth0\\",
    ]));
  it("a peer belongs to it", () =>
    expect(parts(`[ADDR]10: eth0    inet 198.51.100.7 peer 198.51.100.1/32 scope 0 eth0${LIVES}`)[0]).toEqual(
      address("inet 198.51.100.7 peer 198.51.100.1/32"),
    ));
  it("a renewal says the same", () => {
    const line = (seconds: number) =>
      `[ADDR]10: eth0    inet 192.0.2.5/24 scope 0 dynamic eth0\\       valid_lft ${seconds}sec preferred_lft ${seconds}sec`;
    expect(readIpLine(line(3600))).toEqual(readIpLine(line(7200)));
  });
  it("tentative is not the same", () => {
    const line = (word: string) => `[ADDR]10: eth0    inet6 2001:db8::5/64 scope 0 ${word}${LIVES}`;
    expect(readIpLine(line("tentative "))).not.toEqual(readIpLine(line("")));
  });
  it("one that is gone", () =>
    expect(parts(`[ADDR]Deleted 10: eth0    inet6 2001:db8::5/64 scope 0 ${LIVES}`)[0]).toEqual(
      address("inet6 2001:db8::5/64", { gone: true } as Partial<Change>),
    ));
});

describe("routes", () => {
  const ours: Change = { kind: "route", gone: false };
  const mainDefault: Change = { kind: "default", gone: false };
  const others: Change = { kind: "others" };
  reads("in a table of ours", "[ROUTE]default via 192.0.2.1 dev eth0 table 87001 proto 87 metric 100 ", ours);
  reads("the guard", "[ROUTE]Deleted 7 default table 87001 proto 87 metric 4294967295 ", {
    ...ours,
    gone: true,
  });
  reads("the last of ours", "[ROUTE]10.0.0.0/8 dev eth0 table 89379 proto 87 ", ours);
  reads("a default of main", "[ROUTE]default via 192.0.2.1 dev eth0 proto 16 metric 100 ", mainDefault);
  reads("an unreachable one", "[ROUTE]7 default dev lo metric 1024 ", mainDefault);
  reads("which is gone", "[ROUTE]Deleted default via fe80::1 dev eth0 proto 9 metric 1024 pref medium", {
    ...mainDefault,
    gone: true,
  });
  reads("another of main's", "[ROUTE]10.0.0.0/8 via 192.0.2.9 dev eth0 ", others);
  reads("a table of others", "[ROUTE]10.0.0.0/8 via 192.0.2.9 dev eth0 table 5000 proto 186 ", others);
  reads("a default in it", "[ROUTE]default via 192.0.2.9 dev eth0 table 5000 proto 186 ", others);
  reads("the local table goes with the addresses", "[ROUTE]2 192.0.2.5 dev eth0 table 255 proto 2 ", null);
  reads("a device called table", "[ROUTE]default via 192.0.2.1 dev table table 87001 proto 87 ", ours);
  reads("and in main", "[ROUTE]default via 192.0.2.1 dev table proto 16 metric 87001 ", mainDefault);
  reads("a device called dev", "[ROUTE]default via 192.0.2.1 dev dev table 87001 proto 87 ", ours);
  reads("nonsense for a number", "[ROUTE]10.0.0.0/8 via 192.0.2.9 table x", others);
});

describe("rules", () => {
  reads("one of ours", "[RULE]Deleted 30001:\tfrom all lookup 254 suppress_prefixlength 0 proto 87", {
    kind: "rule",
    gone: true,
  });
  reads("one of others", "[RULE]100:\tfrom 10.9.0.0/16 lookup 5000", { kind: "others" });
  reads("proto 870", "[RULE]100:\tfrom 10.9.0.0/16 lookup 5000 proto 870", { kind: "others" });
});

describe("what is no such line", () => {
  it.each([
    "",
    "netlink receive error",
    "[NEIGH]192.0.2.1 dev eth0 lladdr 02:00:00:00:00:01 REACHABLE",
    "[LINK]x",
  ])("%j", (line) => expect(readIpLine(line)).toBeNull());
  it("never throws", () =>
    fc.assert(
      fc.property(
        fc.constantFrom("[LINK]", "[ADDR]", "[ROUTE]", "[RULE]", ""),
        fc.string(),
        (label, text) => {
          readIpLine(label + text);
        },
      ),
    ));
});

/** What the recorded session did, told shortly; lines that concern nobody left out. */
function summary(file: string): string[] {
  const text = readFileSync(new URL(`../../fixtures/ip-monitor/${file}`, import.meta.url), "latin1");
  return text.split("\n").flatMap((line) => {
    const change = readIpLine(line);
    return change === null ? [] : [JSON.stringify(change)];
  });
}

describe("a recorded session", () => {
  const recorded = summary("6.1.0.txt");

  it("reads the same with iproute2 6.1 and 6.15", () => expect(summary("6.15.0.txt")).toEqual(recorded));

  it("has every kind of change", () => {
    const kinds = recorded.map((text) => (JSON.parse(text) as Change).kind);
    const count = (kind: string) => kinds.filter((each) => each === kind).length;
    // five routes of ours and their ends (the kernel tells of no IPv4 route that goes with its device) ...
    expect(count("route")).toBe(4 + 2 + 5 * 2);
    expect(count("default")).toBe(3);
    // ... three rules, of which `ip rule flush` takes the two of IPv4
    expect(count("rule")).toBe(5);
    expect(count("link")).toBeGreaterThan(40);
    expect(count("address")).toBeGreaterThan(20);
  });

  it("knows each name the device had", () => {
    const names = recorded.flatMap((text) => {
      const change = JSON.parse(text) as Change;
      return change.kind === "link" && change.index === 10 ? [change.device] : [];
    });
    expect([...new Set(names)]).toEqual(["eth0", "table", "dev", "Deleted", 'a"@\\$(x)', "[LINK]"]);
  });
});
