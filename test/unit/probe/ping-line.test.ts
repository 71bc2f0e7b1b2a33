import fc from "fast-check";
import { expect, it } from "vitest";
import { readPingComplaint, readPingLine } from "../../../lib/probe/ping-line.ts";

const reply = (number: number, rtt: number | null) => ({ kind: "reply", number, rtt });

// Lines as iputils 20221126 and 20240905 printed them.
it.each([
  ["64 bytes from 1.1.1.1: icmp_seq=1 ttl=64 time=0.213 ms", "1.1.1.1", reply(1, 0.213)],
  ["64 bytes from 1.1.1.1: icmp_seq=65535 ttl=57 time=1203 ms", "1.1.1.1", reply(65535, 1203)],
  ["64 bytes from 2001:db8::2: icmp_seq=3 ttl=64 time=0.053 ms", "2001:db8::2", reply(3, 0.053)],
  ["64 bytes from fe80::1%eth0: icmp_seq=3 ttl=64 time=12 ms", "fe80::1", reply(3, 12)],
  ["16 bytes from 1.1.1.1: icmp_seq=2 ttl=64", "1.1.1.1", reply(2, null)],
  ["no answer yet for icmp_seq=6", "1.1.1.1", { kind: "silence", number: 6 }],
  ["PING 1.1.1.1 (1.1.1.1) from 10.0.0.1 v0: 56(84) bytes of data.", "1.1.1.1", null],
  ["64 bytes from 1.1.1.1: icmp_seq=1 ttl=64 time=0.213 ms (DUP!)", "1.1.1.1", null],
  ["64 bytes from 1.1.1.1: icmp_seq=1 ttl=64 time=0.213 ms (BAD CHECKSUM!)", "1.1.1.1", null],
  ["64 bytes from 9.9.9.9: icmp_seq=1 ttl=64 time=0.213 ms (DIFFERENT ADDRESS!)", "1.1.1.1", null],
  ["64 bytes from 9.9.9.9: icmp_seq=1 ttl=64 time=0.213 ms", "1.1.1.1", null],
  ["From 10.0.0.1 icmp_seq=1 Destination Host Unreachable", "1.1.1.1", null],
  ["64 bytes from 1.1.1.1: icmp_seq=123456 ttl=64 time=0.2 ms", "1.1.1.1", null],
  ["64 bytes from 1.1.1.1: icmp_seq=1 ttl=64 time=-0.2 ms", "1.1.1.1", null],
  ["", "1.1.1.1", null],
])("%s", (line, target, expected) => expect(readPingLine(line, target)).toEqual(expected));

it.each([
  ["ping: WARNING: failed to set mark: 256: Operation not permitted", /may not mark its packets with 0x100/],
  ["ping: sendmsg: Operation not permitted", /packet filter forbids it/],
])("%s: nothing leaves as it should", (line, why) => expect(readPingComplaint(line, "0x100")).toMatch(why));

it.each([
  "ping: sendmsg: Network is unreachable",
  "ping: sendmsg: No buffer space available",
  "ping: Warning: time of day goes back (-5us), taking countermeasures",
  "",
])("%s: that is the line's, or nothing", (line) => expect(readPingComplaint(line, "0x100")).toBe(null));

it("never throws", () =>
  fc.assert(
    fc.property(
      fc.constantFrom("64 bytes from ", "no answer yet for icmp_seq=", ""),
      fc.string(),
      (head, tail) => {
        readPingLine(head + tail, "1.1.1.1");
      },
    ),
  ));
