import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../lib/config/parse.ts";
import { ACCOUNTS, configOf, problemsOf } from "./reading.ts";

const UPLINK = '[uplink.a]\ninterface = "eth0"\n';

const wrong = (title: string, text: string, ...expected: string[]) =>
  it(title, () => expect(problemsOf(text)).toEqual(expected));

describe("the document", () => {
  wrong("unknown table", `${UPLINK}[uplinks.b]`, 'w:3:2: unknown key "uplinks"; did you mean "uplink"?');
  wrong(
    "unknown key",
    `x = 1\n${UPLINK}`,
    'w:1:1: unknown key "x"; expected one of uplink, rule, router, check, dns, metrics, marks',
  );
  wrong("router", `router = 1\n${UPLINK}`, "w:1:10: [router]: found 1, expected a table");
  wrong(
    "forward",
    `router.forward = 1\n${UPLINK}`,
    "w:1:18: [router] forward: found 1, expected true or false",
  );
  wrong(
    "unknown in router",
    `router.foward = true\n${UPLINK}`,
    'w:1:8: [router]: unknown key "foward"; did you mean "forward"?',
  );
  wrong(
    "unknown in marks",
    `marks.mark = 1\n${UPLINK}`,
    'w:1:7: [marks]: unknown key "mark"; did you mean "mask"?',
  );

  it("forward is left alone unless written", () => expect(configOf(UPLINK).router.forward).toBeNull());
  it("forward can be off", () =>
    expect(configOf(`router.forward = false\n${UPLINK}`).router.forward).toBe(false));
  it("a byte order mark is no character", () => expect(problemsOf("\uFEFFx = 1")[0]).toMatch(/^w:1:1: /));
  it("a right file has no problems", () =>
    expect(problemsOf(`\uFEFF${UPLINK.replaceAll("\n", "\r\n")}`)).toEqual([]));
  it("is plain data", () => expect(JSON.parse(JSON.stringify(configOf(UPLINK)))).toEqual(configOf(UPLINK)));
});

describe("what is not TOML", () => {
  wrong("no value", "[uplink.a]\ninterface =\n", expect.stringMatching(/^w:2:12: not TOML: [^\n]+$/));
  wrong(
    "twice the same key",
    "a = 1\na = 2",
    "w:2:1: not TOML: trying to redefine an already defined table or value",
  );
  wrong(
    "columns count characters",
    'a = "\u{1f600}" x',
    "w:1:9: not TOML: each key-value declaration must be followed by an end-of-line",
  );
  it("nested without end", () =>
    expect(problemsOf(`a = ${"[".repeat(10_000)}`)[0]).toMatch(/^w:1:\d+: not TOML: /));
});

it("all problems come at once, in the order of the file", () =>
  expect(
    problemsOf('[marks]\nmask = 0\n[[rule]]\nvia = "x"\nuser = -1\n[uplink.a]\ntier = 0\nteir = 1\n').map(
      (line) => line.split(":").slice(0, 3).join(":"),
    ),
  ).toEqual(["w:2:8", "w:4:7", "w:5:8", "w:6:9", "w:7:8", "w:8:1"]));

describe("any text", () => {
  const word = fc.constantFrom(
    "uplink",
    "rule",
    "router",
    "marks",
    "interface",
    "via",
    "mask",
    "user",
    "source",
    "tier",
    "peer",
    "protocol",
    "destination_port",
    "check",
    "targets",
    "interval",
    "method",
    "max_loss",
    "redial",
    "dns",
    "metrics",
    "forward",
    "__proto__",
    "constructor",
    "a",
  );
  const atom = fc.constantFrom(
    "1",
    '"a"',
    '"eth0"',
    "true",
    "[]",
    "{}",
    '["a", "a"]',
    "{ a = 1 }",
    "nan",
    "-1e400",
    "1979-05-27",
    '"10.1.1.1/8"',
    '"1.1.1.1"',
    '"1s"',
    "false",
    "[[]]",
    "9007199254740993",
  );
  const line = fc.oneof(
    fc.tuple(word, atom).map(([key, value]) => `${key} = ${value}`),
    fc.tuple(word, word, atom).map(([table, key, value]) => `${table}.${key} = ${value}`),
    fc.tuple(word, word).map(([table, name]) => `[${table}.${name}]`),
    word.map((name) => `[[${name}]]`),
    fc.string({ unit: "binary", maxLength: 10 }),
  );
  const sound = (text: string) => {
    const result = parseConfig(text, "w", ACCOUNTS);
    if ("config" in result) return;
    expect(result.problems.length).toBeGreaterThan(0);
    for (const { line, column, message } of result.problems) {
      expect(line).toBeGreaterThan(0);
      expect(line).toBeLessThanOrEqual(text.split("\n").length);
      expect(column).toBeGreaterThan(0);
      expect(message).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]|undefined|\[object/u);
    }
  };
  it(
    "gives a configuration or problems, one line each, never an exception",
    () =>
      fc.assert(
        fc.property(fc.array(line, { maxLength: 12 }), (lines) => sound(lines.join("\n"))),
        { numRuns: 2000 },
      ),
    30_000,
  );
  it("arbitrary characters too", () => fc.assert(fc.property(fc.string({ unit: "binary" }), sound)));
});
