import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readNftLine } from "../../../lib/follow/nft-line.ts";

describe.each(["1.0.6.txt", "1.1.3.txt"])("nft monitor %s", (file) => {
  const text = readFileSync(new URL(`../../fixtures/nft-monitor/${file}`, import.meta.url), "utf8");
  const ours = text.split("\n").filter((line) => readNftLine(line) !== null);

  it("our table, no other of a like name, and no comment", () =>
    expect(ours.map((line) => line.split(" ").slice(0, 5).join(" ").replace(/ \{.*/, ""))).toEqual([
      "add table inet waymark",
      "add chain inet waymark output",
      "add rule inet waymark output",
      "add set inet waymark s",
      "add element inet waymark s",
      "delete rule inet waymark output",
      "delete set inet waymark s",
      "delete chain inet waymark output",
      "delete table inet waymark",
    ]));
});

it.each([
  ["delete table inet waymark", { kind: "ours", gone: true }],
  ["add rule inet waymark output counter", { kind: "ours", gone: false }],
  ["# ERROR: We lost some netlink events!", { kind: "missed" }],
  ["# new generation 8 by process 9050 (nft)", null],
  ["add table ip waymark", null],
  ["add table inet waymark2", null],
])("%s", (line, expected) => expect(readNftLine(line)).toEqual(expected));
