import { describe, expect, it } from "vitest";
import { parseOptions } from "../../../lib/cli/options.ts";

const SPEC = { strings: ["from", "port"], booleans: ["json"], positionals: [0, 1] } as const;

const good = (words: string, expected: object) =>
  it(words, () => expect(parseOptions(words.split(" ").filter(Boolean), SPEC)).toMatchObject(expected));
const bad = (words: string, message: string) =>
  it(words, () => expect(() => parseOptions(words.split(" "), SPEC)).toThrow(message));

describe("right words", () => {
  good("", { values: {}, flags: { json: false }, positionals: [] });
  good("--json", { flags: { json: true } });
  good("--json eth0", { flags: { json: true }, positionals: ["eth0"] });
  good("--from 010", { values: { from: "010" } });
  good("--from=1e3 007", { values: { from: "1e3" }, positionals: ["007"] });
  good("-- --json", { flags: { json: false }, positionals: ["--json"] });
});

describe("wrong words", () => {
  bad("--jsno", "unknown option --jsno");
  bad("-x", "unknown option -x");
  bad("--from", "--from takes one value");
  bad("--from a --from b", "--from takes one value");
  bad("a b", '"b" is one word too many');
  it("too few", () =>
    expect(() => parseOptions([], { ...SPEC, positionals: [1, 1] })).toThrow("something is missing"));
});
