import { describe, expect, it } from "vitest";
import type { Result } from "../../../lib/kernel/command.ts";
import { runBatch } from "../../../lib/reconcile/batch.ts";

const batch = (
  title: string,
  lines: readonly string[],
  result: Partial<Result>,
  expected: readonly string[],
) =>
  it(title, async () => {
    const run = async () => ({ exitCode: 1, stdout: "", stderr: "", ...result });
    expect((await runBatch(run, lines)).errors).toEqual(expected);
  });

const ADD = "rule add priority 9 lookup 9";
const failed = (words: string, line = 1) => ({ stderr: `${words}\nCommand failed -:${line}\n` });

describe("a batch", () => {
  batch("without lines runs nothing", [], { exitCode: 255 }, []);
  batch("that went well", [ADD], { exitCode: 0 }, []);
  batch("a rule that is there already", [ADD], failed("RTNETLINK answers: File exists"), []);
  batch(
    "a rule that is gone already",
    ["rule del priority 9"],
    failed("RTNETLINK answers: No such file or directory"),
    [],
  );
  batch(
    "a route that is gone already",
    ["route del default"],
    failed("RTNETLINK answers: No such process"),
    [],
  );
  batch(
    "a device that is gone, of a route to delete",
    ["route del default dev x"],
    failed('Cannot find device "x"'),
    [],
  );
  batch("a neighbour, whatever it is", ["neighbour flush dev x"], failed('Cannot find device "x"'), []);
  batch("a route that cannot be", [ADD, "route replace default dev x"], failed('Cannot find device "x"', 2), [
    'ip route replace default dev x: Cannot find device "x"',
  ]);
  batch(
    "each line by its own words",
    [ADD, ADD, "route replace a"],
    { stderr: "Error: one.\nCommand failed -:1\nError: two.\nhint\nCommand failed -:3\n" },
    ["ip rule add priority 9 lookup 9: Error: one.", "ip route replace a: Error: two.; hint"],
  );
  batch("ended half-way", [ADD], { exitCode: null, stderr: "ended after 15 s\n" }, [
    "ip -N -j -force -batch -: ended after 15 s",
  ]);
  batch(
    "ended half-way behind a line that failed",
    [ADD],
    { exitCode: null, ...failed("RTNETLINK answers: File exists") },
    ["ip -N -j -force -batch -: failed"],
  );
  it("names its options", async () => {
    const run = async () => ({ exitCode: 1, stdout: "", ...failed("Error: no.") });
    expect((await runBatch(run, [ADD], ["-6"])).errors).toEqual([`ip -6 ${ADD}: Error: no.`]);
  });
});
