import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dnsQuery, readDnsAnswer } from "../../../lib/probe/dns-message.ts";

const ID = 0xbeef;
const query = dnsQuery(ID, "example.org");

/** The query as its own answer. */
function answer(change: (buffer: Buffer) => void = () => undefined, code = 0): Buffer {
  const buffer = Buffer.from(query);
  buffer.writeUInt16BE(0x8180 | code, 2);
  change(buffer);
  return buffer;
}

describe("the question", () => {
  it("asks for an address of a name", () =>
    expect(query.toString("hex")).toBe(
      "beef01000001000000000000" + "076578616d706c65036f726700" + "00010001",
    ));
  it("or for the root's start of authority", () =>
    expect(dnsQuery(1, ".").toString("hex")).toBe("000101000001000000000000" + "00" + "00060001"));
  it("a dot at the end makes no difference", () => expect(dnsQuery(ID, "example.org.")).toEqual(query));
});

describe("the answer", () => {
  it("as it should be", () => expect(readDnsAnswer(query, answer())).toEqual({ kind: "answered" }));
  it("with records behind it", () =>
    expect(readDnsAnswer(query, Buffer.concat([answer(), Buffer.alloc(400, 7)]))).toEqual({
      kind: "answered",
    }));
  it("in other letters", () => {
    const upper = answer((buffer) => buffer.write("EXAMPLE", 13, "latin1"));
    expect(readDnsAnswer(query, upper)).toEqual({ kind: "answered" });
  });
  it("there is no such name", () =>
    expect(readDnsAnswer(query, answer(undefined, 3))).toEqual({ kind: "answered" }));
  it.each([
    [2, "answered SERVFAIL"],
    [5, "answered REFUSED"],
    [11, "answered RCODE 11"],
  ])("a failure, %i", (code, why) =>
    expect(readDnsAnswer(query, answer(undefined, code))).toEqual({ kind: "wrong", why }),
  );
  it("a refusal that leaves the question out", () => {
    const short = answer((buffer) => buffer.writeUInt16BE(0, 4), 5).subarray(0, 12);
    expect(readDnsAnswer(query, short)).toEqual({ kind: "wrong", why: "answered REFUSED" });
  });
});

describe("none of ours", () => {
  it.each([
    ["another number", answer((buffer) => buffer.writeUInt16BE(1, 0))],
    ["a question", query],
    ["another name", answer((buffer) => buffer.write("evil", 13, "latin1"))],
    ["another name, failing", answer((buffer) => buffer.write("evil", 13, "latin1"), 2)],
    ["no question, and no failure", answer((buffer) => buffer.writeUInt16BE(0, 4))],
    ["cut short", answer().subarray(0, 20)],
    ["nothing", Buffer.alloc(0)],
  ])("%s", (_, datagram) => expect(readDnsAnswer(query, datagram)).toBeNull());
  it("whatever comes, it does not throw", () =>
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), fc.boolean(), (bytes, close) => {
        const datagram = Buffer.from(bytes);
        if (close && datagram.length > 1) datagram.writeUInt16BE(ID, 0);
        readDnsAnswer(query, datagram);
      }),
    ));
});
