import { describe, expect, it } from "vitest";
import { CommandError } from "../../../lib/kernel/command.ts";
import { askNeighbour, parseNeighbours } from "../../../lib/kernel/neighbour.ts";

describe("neighbours", () => {
  it.each([
    [{ lladdr: "02::1", state: ["REACHABLE"] }, "heard"],
    [{ lladdr: "02::1", state: ["STALE"] }, "heard"],
    [{ lladdr: "02::1", state: ["FAILED"] }, "silent"],
    [{ state: ["FAILED"] }, "silent"],
    [{ state: ["INCOMPLETE"] }, "asked"],
    [{}, "asked"],
  ])("%j", (json, expected) =>
    expect(parseNeighbours([{ dst: "192.0.2.1", dev: "eth0", ...json }])[0]?.state).toBe(expected),
  );
  it("what waits for an answer is forgotten first: asking makes the kernel ask by broadcast", () =>
    expect(askNeighbour("192.0.2.1", "eth0")).toEqual([
      "neighbour flush 192.0.2.1 dev eth0",
      "neighbour replace 192.0.2.1 dev eth0 nud none use",
    ]));
});

describe("a command that failed", () => {
  const command = { file: "nft", args: ["-f", "-"] } as const;
  const said = (exitCode: number | null, stderr: string) =>
    new CommandError(command, { exitCode, stdout: "", stderr }).message;
  it("says what was run, how it ended, and the tool's words", () =>
    expect(said(1, "/dev/stdin:1:1: Error: no\nflush\n")).toBe(
      "nft -f -: exit 1: /dev/stdin:1:1: Error: no; flush",
    ));
  it("ended by a signal", () =>
    expect(said(null, "")).toBe("nft -f -: did not end by itself: (it said nothing)"));
  it("four lines are enough", () =>
    expect(said(1, "a\nb\n\nc\nd\ne\n")).toBe("nft -f -: exit 1: a; b; c; d"));
});
