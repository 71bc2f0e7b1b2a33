import { describe, expect, it } from "vitest";
import { answerOf, compare, hintFor, question } from "../../../lib/explain/check.ts";
import type { Packet } from "../../../lib/explain/packet.ts";
import { packet, rule, steps, way } from "./support.ts";

const X = "203.0.113.1";
const words = (of: Packet, named: readonly number[] = []) =>
  question(of, new Set(named))?.args.slice(3).join(" ");

describe("the question", () => {
  it("this machine's own", () => expect(words(packet(X, { user: 5 }))).toBe(`-4 route get ${X} uid 5`));
  it("forwarded", () =>
    expect(words(packet(X, { from: "10.0.0.5", input: "eth1" }))).toBe(
      `-4 route get ${X} from 10.0.0.5 iif eth1`,
    ));
  it("with all there is", () =>
    expect(words(packet("2001:db8::1", { mark: 0xff00, protocol: 6, destinationPort: 80 }))).toBe(
      "-6 route get 2001:db8::1 uid 0 mark 0xff00 ipproto 6 dport 80",
    ));
  it("without a protocol, where a rule is for UDP: the kernel would take it for UDP", () =>
    expect(words(packet(X), [17])).toBe(`-4 route get ${X} uid 0 ipproto 1`));
  it("without a protocol, where rules are for UDP and ICMP", () =>
    expect(words(packet(X), [1, 17])).toBe(`-4 route get ${X} uid 0 ipproto 6`));
  it("without a protocol, where each makes a difference", () =>
    expect(words(packet(X), [1, 6, 17])).toBe(undefined));
  it("IPv6 takes it for none", () =>
    expect(words(packet("2001:db8::1"), [17])).toBe("-6 route get 2001:db8::1 uid 0"));
  it("a protocol that the kernel refuses", () =>
    expect(question(packet(X, { protocol: 47 }), new Set())).toBe(null));
});

describe("the answer", () => {
  const answer = (stdout: string) => answerOf({ exitCode: 0, stdout, stderr: "" });
  const look = (routes: readonly object[]) => ({
    packet: packet(X),
    steps: steps([rule(1, { table: "5" })], routes, packet(X)),
  });
  const agrees = (routes: readonly object[], stdout: string) => compare(look(routes), answer(stdout)).agrees;
  const REFUSED = { exitCode: 2, stdout: "", stderr: "RTNETLINK answers: No route to host\n" };

  it("the same", () => expect(agrees([way(5, "a")], '[{"type":"1","dev":"a","table":"5"}]')).toBe(true));
  it("another device", () =>
    expect(agrees([way(5, "a")], '[{"type":"1","dev":"b","table":"5"}]')).toBe(false));
  it("another table", () =>
    expect(agrees([way(5, "a")], '[{"type":"1","dev":"a","table":"6"}]')).toBe(false));
  it("one of several", () =>
    expect(
      agrees(
        [{ dst: "default", table: "5", nexthops: [{ dev: "a" }, { dev: "b" }] }],
        '[{"dev":"b","table":"5"}]',
      ),
    ).toBe(true));
  it("this machine itself", () =>
    expect(agrees([way(5, "a", { type: "2" })], '[{"type":"2","dev":"lo","table":"5"}]')).toBe(true));
  it("both refuse", () => expect(compare(look([]), answerOf(REFUSED)).agrees).toBe(true));
  it("both refuse, as IPv6 shows it", () => expect(agrees([], '[{"type":"7","dev":"lo"}]')).toBe(true));
  it("only the kernel refuses", () =>
    expect(compare(look([way(5, "a")]), answerOf(REFUSED))).toEqual({
      agrees: false,
      said: "No route to host",
      expected: "dev a table 5",
    }));
  it("only the kernel routes", () => expect(agrees([], '[{"dev":"a","table":"5"}]')).toBe(false));
});

describe("what makes the kernel refuse a forwarded packet", () => {
  const of = packet(X, { from: "10.0.0.5", input: "eth1" });
  const hint = (said: string) => hintFor({ command: "", agrees: false, said, expected: "" }, of);
  it("forwarding is off", () => expect(hint("No route to host")).toContain("forwarding is off on eth1"));
  it("reverse path", () => expect(hint("Invalid cross-device link")).toContain("reverse path filter"));
  it("nothing known", () => expect(hint("dev a table 5")).toBe(null));
});
