import { describe, expect, it } from "vitest";
import { judgePath, pathQuestions, type RouteAnswer, type Sender } from "../../../lib/probe/path.ts";

const BOUND: Sender = { interface: "eth0", address: "192.0.2.5", family: 4, mark: 0x100, bound: "device" };
const FREE: Sender = { ...BOUND, bound: "address" };
const PING = { address: "9.9.9.9", protocol: "icmp", port: null } as const;
const WEB = { address: "9.9.9.9", protocol: "tcp", port: 443 } as const;
const by = (...devices: string[]): RouteAnswer => ({ kind: "route", devices, local: false });
const refused: RouteAnswer = { kind: "refused", words: "No route to host" };
const here: RouteAnswer = { kind: "route", devices: ["lo"], local: true };

describe("what the kernel is asked", () => {
  it("a socket bound to the device and marked: once", () =>
    expect(pathQuestions(BOUND, PING)).toEqual([
      "route get fibmatch 9.9.9.9 from 192.0.2.5 oif eth0 mark 0x100 ipproto icmp",
    ]));
  it("IPv6", () =>
    expect(
      pathQuestions({ ...BOUND, family: 6, address: "2001:db8::5" }, { ...PING, address: "2620:fe::fe" }),
    ).toEqual(["route get fibmatch 2620:fe::fe from 2001:db8::5 oif eth0 mark 0x100 ipproto ipv6-icmp"]));
  it("a socket bound to an address: before and after the packet filter's mark", () =>
    expect(pathQuestions(FREE, WEB)).toEqual([
      "route get fibmatch 9.9.9.9 from 192.0.2.5 ipproto tcp dport 443",
      "route get fibmatch 9.9.9.9 from 192.0.2.5 mark 0x100",
    ]));
});

describe("the verdict", () => {
  const verdict = (title: string, answers: readonly RouteAnswer[], kind: string, why = "") =>
    it(title, () => {
      const judged = judgePath(answers.length === 1 ? BOUND : FREE, WEB, answers);
      expect(judged.kind).toBe(kind);
      expect("why" in judged ? judged.why : "").toContain(why);
    });
  verdict("by the uplink's device", [by("eth0")], "own");
  verdict("first by any, then by its own", [by("eth1"), by("eth0")], "own");
  verdict("a VPN's route in main", [by("wg0"), by("wg0")], "elsewhere", "would leave by wg0, not by eth0");
  verdict(
    "several ways, one of them another's",
    [by("eth0"), by("eth0", "eth1")],
    "elsewhere",
    "leave by eth1",
  );
  verdict("none", [refused], "none", "no way to 9.9.9.9 by eth0: No route to host");
  verdict("none with the mark", [by("eth1"), refused], "none", "no way to 9.9.9.9 by eth0");
  verdict("none to begin with", [refused, by("eth0")], "elsewhere", "nothing can be sent there");
  verdict("this machine itself", [here, here], "elsewhere", "this machine itself");
  verdict("no word at all", [], "elsewhere", "no word");
  verdict("a route to nowhere", [by()], "elsewhere");
});
