import { describe, expect, it } from "vitest";
import { canaryRule, frontFound, withCanary } from "../../../lib/kernel/canary.ts";
import { signPlace } from "../../../lib/kernel/canary-place.ts";
import { changeTable, deleteTable, type Ruleset, replaceTable } from "../../../lib/kernel/ruleset.ts";

const INPUT = { name: "input", hook: "type filter hook input priority mangle", rules: ["goto a"] };
const A = { name: "a", hook: null, rules: ["counter"] };
const LOOPBACK = { name: "loopback", hook: null, rules: [] };

describe("the whole table", () => {
  it("in place of whatever there is, chains that are jumped to first", () =>
    expect(replaceTable([INPUT, A])).toBe(
      [
        "table inet waymark",
        "delete table inet waymark",
        "table inet waymark {",
        "  chain a {",
        "    counter",
        "  }",
        "  chain input {",
        "    type filter hook input priority mangle; policy accept;",
        "    goto a",
        "  }",
        "}",
        "",
      ].join("\n"),
    ));
  it("taken away, whether it is there or not", () =>
    expect(deleteTable()).toBe("table inet waymark\ndelete table inet waymark\n"));
});

const change = (title: string, from: Ruleset, to: Ruleset, ...expected: string[]) =>
  it(title, () => expect(changeTable(from, to).split("\n").slice(0, -1)).toEqual(expected));

describe("a change", () => {
  change("none", [INPUT, A], [INPUT, A]);
  change(
    "one chain",
    [INPUT, A],
    [INPUT, { ...A, rules: ["return"] }],
    "flush chain inet waymark a",
    "add rule inet waymark a return",
  );
  change(
    "a new one comes before the rules that jump to it",
    [INPUT, A],
    [{ ...INPUT, rules: ["goto b"] }, A, { name: "b", hook: null, rules: ["return"] }],
    "add chain inet waymark b",
    "flush chain inet waymark input",
    "add rule inet waymark input goto b",
    "add rule inet waymark b return",
  );
  change(
    "one that goes is deleted after those that jumped to it are rewritten",
    [INPUT, A],
    [{ ...INPUT, rules: [] }],
    "flush chain inet waymark input",
    "flush chain inet waymark a",
    "delete chain inet waymark a",
  );
  change(
    "a new hook",
    [A],
    [A, INPUT],
    "add chain inet waymark input { type filter hook input priority mangle; policy accept; }",
    "add rule inet waymark input goto a",
  );
  it("another hook for a chain: the whole table", () => {
    const rehooked = [{ ...INPUT, hook: "type filter hook input priority 7" }, A];
    expect(changeTable([INPUT, A], rehooked)).toBe(replaceTable(rehooked));
  });
});

describe("the sign by which the table is known", () => {
  it("an address of its own", () =>
    expect(canaryRule("0102abcd00000000")).toBe("ip daddr 127.65.2.171 udp dport 9 drop"));
  it("stands in the chain for loopback alone", () => {
    const full = withCanary([INPUT, LOOPBACK], "0102abcd00000000");
    expect(full[0]).toEqual(INPUT);
    expect(full[1]?.rules).toEqual([canaryRule("0102abcd00000000")]);
  });
  it.each(["0000000000000000", "ffffffff00000000", "00ff00ff12345678"])(
    "%s: a loopback address that nobody uses, and another beside it",
    (print) => {
      const { host, beside } = signPlace(print);
      for (const address of [host, beside])
        expect(address).toMatch(/^127\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./);
      expect(host).not.toBe(beside);
    },
  );
  it("the front's word counts for its own address only", () => {
    const { host } = signPlace("0102abcd00000000");
    expect(frontFound("0102abcd00000000", `${host} there\n`)).toBe(true);
    expect(frontFound("0102abcd00000000", `${host} gone\n`)).toBe(false);
    for (const other of ["", `${host}\n`, "127.1.1.1 there\n", `${host} elsewhere\n`])
      expect(frontFound("0102abcd00000000", other)).toBe(null);
  });
});
