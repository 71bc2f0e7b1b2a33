import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeEntries, decodeSpoolFile } from "../../../lib/event/encode.ts";

describe("entries", () => {
  const decoded = (...entries: string[]) => decodeEntries(entries);
  test("nothing", () => expect(decoded()).toEqual({ argv: [], env: {} }));
  test("arguments in order", () => expect(decoded("@eth0", "@", "@up").argv).toEqual(["eth0", "", "up"]));
  test("variables", () =>
    expect(decoded("@a", "IFACE=eth0", "A_1=b=c\nd").env).toEqual({ IFACE: "eth0", A_1: "b=c\nd" }));
  test("variables in small letters", () =>
    expect(decoded("reason=BOUND", "nd1_from=fe80::1").env).toEqual({
      reason: "BOUND",
      nd1_from: "fe80::1",
    }));
  test("empty variable", () => expect(decoded("IFACE=").env).toEqual({ IFACE: "" }));
  test("an argument may look like a variable", () =>
    expect(decoded("@IFACE=x")).toEqual({ argv: ["IFACE=x"], env: {} }));
  test("and begin with @", () => expect(decoded("@@x").argv).toEqual(["@x"]));
  test.each(["", "x", "=x", "1A=x", "1a=x", "_A=x", "A B=x", "__proto__=x", "A-B=x", "."])(
    "dropped: %j",
    (entry) => expect(decoded("@eth0", entry, "A=1")).toEqual({ argv: ["eth0"], env: { A: "1" } }),
  );
  test("an argument behind the variables is dropped", () => expect(decoded("A=1", "@x").argv).toEqual([]));
  test("the first of two counts", () => expect(decoded("A=1", "A=2").env).toEqual({ A: "1" }));
  test("4096 characters", () => expect(decoded(`A=${"x".repeat(4094)}`).env.A).toHaveLength(4094));
  test("4097 characters", () => expect(decoded(`A=${"x".repeat(4095)}`).env).toEqual({}));
  test("a long argument keeps its place", () =>
    expect(decoded("@a", `@${"x".repeat(4096)}`, "@c").argv).toEqual(["a", "", "c"]));
  test("at most 64", () =>
    expect(decodeEntries(Array.from({ length: 100 }, () => "@x")).argv).toHaveLength(64));
});

describe("spool file", () => {
  test("whole", () => expect(decodeSpoolFile("@eth0\0@up\0.\0")).toEqual(["@eth0", "@up"]));
  test("nothing but its end", () => expect(decodeSpoolFile(".\0")).toEqual([]));
  test("the last NUL may be missing", () => expect(decodeSpoolFile("@eth0\0.")).toEqual(["@eth0"]));
  test("an argument of one dot", () => expect(decodeSpoolFile("@.\0.\0")).toEqual(["@."]));
  test.each(["", "\0", "@eth0", "@eth0\0", "@eth0\0@.", "@eth0\0A=.", "@eth0\0\0", ".\0\0"])(
    "half written: %j",
    (content) => expect(decodeSpoolFile(content)).toBeNull(),
  );
});

const text = fc.string({ unit: "grapheme", maxLength: 60 }).map((value) => value.replaceAll("\0", ""));
const events = fc.record({
  argv: fc.array(text, { maxLength: 8 }),
  env: fc.dictionary(fc.stringMatching(/^[A-Za-z][A-Za-z0-9_]{0,20}$/), text, {
    maxKeys: 40,
    noNullPrototype: true,
  }),
});

test("what a shell front writes comes back, as arguments and as a file", () => {
  fc.assert(
    fc.property(events, ({ argv, env }) => {
      const entries = [
        ...argv.map((value) => `@${value}`),
        ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
      ];
      expect(decodeEntries(entries)).toEqual({ argv, env });
      expect(decodeSpoolFile([...entries, ".", ""].join("\0"))).toEqual(entries);
    }),
  );
});

test("a file cut short is never taken for a whole one", () => {
  fc.assert(
    fc.property(events, fc.nat(), ({ argv }, cut) => {
      const content = [...argv.map((value) => `@${value}`), ".", ""].join("\0");
      // Without its last NUL it is still whole.
      expect(decodeSpoolFile(content.slice(0, cut % (content.length - 1)))).toBeNull();
    }),
  );
});

test("nothing makes it throw", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary" }),
      fc.array(fc.string({ unit: "binary" })),
      (content, entries) => {
        const { argv, env } = decodeEntries(decodeSpoolFile(content) ?? entries);
        expect(argv.length + Object.keys(env).length).toBeLessThanOrEqual(64);
      },
    ),
  );
});
