import { describe, expect, it } from "vitest";
import { parseRules, ruleText } from "../../../lib/kernel/rule.ts";

/** As iproute2 6.1 prints it under -N, and the words that stand for it; null: no rule of Waymark's making. */
const read = (title: string, json: object, expected: string | null) =>
  it(title, () => {
    const [seen] = parseRules([{ src: "all", protocol: "87", ...json }], 4);
    expect(seen?.rule == null ? null : ruleText(seen.rule)).toBe(expected);
  });

describe("a rule as shown", () => {
  read("a table", { priority: 9, table: "87001" }, "priority 9 lookup 87001 protocol 87");
  read(
    "a mark under a mask",
    { priority: 9, fwmark: "0x100", fwmask: "0xff00", table: "87001" },
    "priority 9 fwmark 0x100/0xff00 lookup 87001 protocol 87",
  );
  read(
    "a mark without a mask",
    { priority: 9, fwmark: "0x5", table: "87001" },
    "priority 9 fwmark 0x5/0xffffffff lookup 87001 protocol 87",
  );
  read(
    "no mark under a mask",
    { priority: 9, fwmark: "0", fwmask: "0xff00", goto: 30299 },
    "priority 9 fwmark 0x0/0xff00 goto 30299 protocol 87",
  );
  read(
    "inverted",
    { priority: 9, not: null, iif: "lo", goto: 30 },
    "not priority 9 iif lo goto 30 protocol 87",
  );
  read(
    "a target that is not there yet",
    { priority: 9, goto: 30, unresolved: null },
    "priority 9 goto 30 protocol 87",
  );
  read("a label", { priority: 9, nop: null }, "priority 9 nop protocol 87");
  read(
    "main without its default",
    { priority: 9, table: "254", suppress_prefixlen: 0 },
    "priority 9 lookup 254 suppress_prefixlength 0 protocol 87",
  );
  read(
    "everything, on a device that is away",
    {
      priority: 9,
      src: "10.0.0.0",
      srclen: 8,
      dst: "1.2.3.4",
      iif: "eth9",
      iif_detached: null,
      uid_start: 115,
      uid_end: 115,
      ipproto: "ipproto-6",
      sport_start: 4,
      sport_end: 5,
      dport: 80,
      table: "87400",
    },
    "priority 9 from 10.0.0.0/8 to 1.2.3.4 iif eth9 uidrange 115-115 ipproto 6 sport 4-5 dport 80 lookup 87400 protocol 87",
  );
  read(
    "an older iproute2 prints the bare number",
    { priority: 9, ipproto: "17", table: "9" },
    "priority 9 ipproto 17 lookup 9 protocol 87",
  );
  read(
    "iproute2 6.15 tells the mask of a port, on Linux 6.15",
    { priority: 9, dport: 7000, dport_mask: "0xffff", table: "9" },
    "priority 9 dport 7000 lookup 9 protocol 87",
  );
  read("some bits of a port: not ours", { priority: 9, dport: 1, dport_mask: "0x1", table: "9" }, null);
  it("the mask of a whole port is no selector to explain", () =>
    expect(
      parseRules([{ priority: 9, sport: 5, sport_mask: "0xffff", table: "9" }], 4)[0]?.json,
    ).not.toHaveProperty("sport_mask"));
  read("an outgoing interface: not ours", { priority: 9, oif: "eth0", table: "9" }, null);
  read("a range of users: not ours", { priority: 9, uid_start: 1, uid_end: 9, table: "9" }, null);
  read("an action that Waymark never takes", { priority: 9, action: "blackhole" }, null);
  it("what has no priority is none", () => expect(parseRules([{}], 4)).toEqual([]));
  it("the owner", () =>
    expect(parseRules([{ priority: 1, protocol: "2", table: "255" }], 6)[0]?.protocol).toBe(2));
});
