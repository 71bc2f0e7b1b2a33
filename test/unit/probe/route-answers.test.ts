import { describe, expect, it } from "vitest";
import { batchAnswers, linkIndex, routeAnswer } from "../../../lib/probe/route-answers.ts";

// As `ip -N -j -force -batch -` of iproute2 6.1 and 6.15 answered; shortened.
const LINK = '[{"ifindex":3,"ifname":"v0","flags":["UP"]}]';
const ROUTE =
  '[{"dst":"default","gateway":"10.0.0.2","dev":"v0","table":"87001","protocol":"87","flags":[]}]';
const LOCAL = '[{"type":"2","dst":"127.0.0.0/8","dev":"lo","protocol":"2","scope":"254","flags":[]}]';
const MANY = '[{"dst":"default","nexthops":[{"gateway":"10.0.0.2","dev":"v0"},{"dev":"v2"}],"flags":[]}]';

const said = (stdout: readonly string[], stderr = "") => ({
  exitCode: 1,
  stdout: stdout.map((line) => `${line}\n`).join(""),
  stderr,
});

describe("which answer belongs to which line", () => {
  it("all were answered", () =>
    expect(batchAnswers(2, said([LINK, ROUTE]))).toEqual([
      { json: JSON.parse(LINK) },
      { json: JSON.parse(ROUTE) },
    ]));
  it("some were refused", () => {
    const words =
      'Device "v9" does not exist.\nCommand failed -:1\nRTNETLINK answers: No route to host\nCommand failed -:3\n';
    expect(batchAnswers(3, said([ROUTE], words))).toEqual([
      { words: 'Device "v9" does not exist.' },
      { json: JSON.parse(ROUTE) },
      { words: "No route to host" },
    ]);
  });
  it("a refusal without words", () =>
    expect(batchAnswers(1, said([], "Command failed -:1\n"))).toEqual([{ words: "" }]));
  it("a bracket that a refusal left behind", () =>
    expect(batchAnswers(2, said(["[", ROUTE], "Command failed -:1\n"))?.[1]).toEqual({
      json: JSON.parse(ROUTE),
    }));
  it.each([
    ["too few", said([ROUTE])],
    ["too many", said([ROUTE, ROUTE, ROUTE])],
    ["nonsense", said([ROUTE, "[{"])],
    ["nothing", said([])],
  ])("it cannot be told: %s", (_, result) => expect(batchAnswers(2, result)).toBeNull());
});

describe("what a route says", () => {
  it.each([
    [ROUTE, { kind: "route", devices: ["v0"], local: false }],
    [LOCAL, { kind: "route", devices: ["lo"], local: true }],
    [MANY, { kind: "route", devices: ["v0", "v2"], local: false }],
    ["[]", { kind: "route", devices: [], local: false }],
    ["{}", { kind: "route", devices: [], local: false }],
    ['[{"nexthops":[null]}]', { kind: "route", devices: [], local: false }],
  ])("%s", (text, expected) => expect(routeAnswer({ json: JSON.parse(text) as unknown })).toEqual(expected));
  it("a refusal", () => expect(routeAnswer({ words: "x" })).toEqual({ kind: "refused", words: "x" }));
});

describe("the device's index", () => {
  it("is told", () => expect(linkIndex({ json: JSON.parse(LINK) as unknown })).toBe(3));
  it.each([[{ words: "gone" }], [{ json: [] }], [{ json: null }], [{ json: [{ ifindex: "3" }] }]])(
    "or not: %j",
    (answer) => expect(linkIndex(answer)).toBeNull(),
  );
});
