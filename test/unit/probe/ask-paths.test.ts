import { describe, expect, it } from "vitest";
import type { Command, Result } from "../../../lib/kernel/command.ts";
import { askPaths, type PathWant } from "../../../lib/probe/ask-paths.ts";
import type { Sender } from "../../../lib/probe/path.ts";

const sender = (how: Partial<Sender> = {}): Sender => ({
  interface: "eth0",
  address: "192.0.2.5",
  family: 4,
  mark: 0x100,
  bound: "address",
  ...how,
});
const want = (how: Partial<Sender> = {}, address = "9.9.9.9"): PathWant => ({
  sender: sender(how),
  destination: {
    address,
    protocol: how.bound === "device" ? "icmp" : "tcp",
    port: how.bound === "device" ? null : 443,
  },
});

const LISTING = `table inet waymark {
	chain probes {
		ip saddr vmap { 192.0.2.5 : goto probe_0x100, 192.0.2.50 : goto probe_0x200 }
	}
}
`;

/** A machine whose routes all lead to `device`. */
function machine(device: string, listing: string | null = LISTING, missing: readonly string[] = []) {
  const commands: Command[] = [];
  const run = async (command: Command): Promise<Result> => {
    commands.push(command);
    if (command.file === "nft")
      return { exitCode: listing === null ? 1 : 0, stdout: listing ?? "", stderr: "" };
    const lines = (command.input ?? "").trim().split("\n");
    const failed = lines.map((line) => missing.some((word) => line.includes(word)));
    return {
      exitCode: 0,
      stdout: lines
        .filter((_, place) => !failed[place])
        .map((line) =>
          line.startsWith("link") ? '[{"ifindex":7}]' : `[{"dst":"default","dev":"${device}"}]`,
        )
        .join("\n"),
      stderr: lines
        .map((_, place) => (failed[place] ? `gone\nCommand failed -:${place + 1}\n` : ""))
        .join(""),
    };
  };
  return { run, commands };
}

const verdicts = async (wants: PathWant[], from: ReturnType<typeof machine>, inGroup = true) =>
  (await askPaths(from.run, wants, inGroup))?.map(({ verdict }) => verdict.kind);

describe("asking", () => {
  it("one process for all, and one for the packet filter", async () => {
    const from = machine("eth0");
    const wants = [want(), want({}, "1.1.1.1"), want({ bound: "device" })];
    expect(await verdicts(wants, from)).toEqual(["own", "own", "own"]);
    expect(from.commands.map(({ file, args }) => [file, ...args].join(" "))).toEqual([
      "ip -N -j -force -batch -",
      "nft list chain inet waymark probes",
    ]);
  });
  it("none for nobody", async () => {
    const from = machine("eth0");
    expect(await askPaths(from.run, [], true)).toEqual([]);
    expect(from.commands).toEqual([]);
  });
  it("the packet filter does not concern pings", async () => {
    const from = machine("eth0", null);
    expect(await verdicts([want({ bound: "device" })], from, false)).toEqual(["own"]);
    expect(from.commands).toHaveLength(1);
  });
  it("tells the device's index", async () =>
    expect((await askPaths(machine("eth0").run, [want()], true))?.[0]?.index).toBe(7));
});

describe("what is not as it should be", () => {
  const reason = async (from: ReturnType<typeof machine>, how: Partial<Sender> = {}, inGroup = true) => {
    const answers = await askPaths(from.run, [want(how)], inGroup);
    const verdict = answers?.[0]?.verdict;
    return `${verdict?.kind}: ${verdict !== undefined && "why" in verdict ? verdict.why : ""}`;
  };
  it("another device", async () =>
    expect(await reason(machine("wg0"))).toMatch(/^elsewhere: .* by wg0, not by eth0/));
  it("no table of the packet filter", async () =>
    expect(await reason(machine("eth0", null))).toBe(
      "elsewhere: the packet filter does not mark the probes from 192.0.2.5 with 0x100",
    ));
  it("another mark in it", async () =>
    expect(await reason(machine("eth0"), { mark: 0x200 })).toMatch(/^elsewhere: the packet filter does not/));
  it("an address that begins like one in it", async () =>
    expect(await reason(machine("eth0"), { address: "192.0.2.50" })).toMatch(
      /^elsewhere: the packet filter/,
    ));
  it("this process is of another group", async () =>
    expect(await reason(machine("eth0"), {}, false)).toMatch(
      /^elsewhere: this program is not of group 2000000087/,
    ));
  it("no device: lost, not unknown", async () =>
    expect(await reason(machine("eth0", LISTING, ["eth0"]))).toBe("none: there is no device eth0"));
  it("no way, and no packet filter either: lost", async () =>
    expect(await reason(machine("eth0", null, ["mark 0x100"]))).toMatch(/^none: /));
  it("ip cannot be run", async () =>
    expect(
      askPaths(async () => ({ exitCode: null, stdout: "", stderr: "x" }), [want()], true),
    ).rejects.toThrow("ip"));
  it("ip cannot be understood", async () =>
    expect(await askPaths(async () => ({ exitCode: 0, stdout: "", stderr: "" }), [want()], true)).toBeNull());
});
