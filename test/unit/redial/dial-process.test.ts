import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import {
  type DialProcess,
  isPppdDialling,
  isRunning,
  lastLine,
  signalDial,
  startDial,
} from "../../../lib/redial/dial-process.ts";

const folder = mkdtempSync(join(tmpdir(), "waymark-dial-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const output = join(folder, "out");
const environment = { PATH: "/usr/bin:/bin", WAYMARK_UPLINK: "gsm" };

/** Starts a command. @returns it, and its status once it has ended */
function start(argv: readonly string[]): { dial: DialProcess; ended: Promise<number | null> } {
  let done: (status: number | null) => void = () => undefined;
  const ended = new Promise<number | null>((resolve) => {
    done = resolve;
  });
  return { dial: startDial({ argv, environment, output, unit: null }, done), ended };
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 5));

async function appears(path: string): Promise<string> {
  while (!existsSync(path) || readFileSync(path, "utf8") === "") await pause();
  return readFileSync(path, "utf8").trim();
}

/** Field 3 of /proc/PID/stat; "" if there is no such process. */
function conditionOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2)[0] ?? "";
  } catch {
    return "";
  }
}

it("runs a command with the environment given and no other, and hands on its status", async () => {
  process.env.WAYMARK_SECRET = "x";
  const { ended } = start(["sh", "-c", "env | sort; exit 7"]);
  expect(await ended).toBe(7);
  delete process.env.WAYMARK_SECRET;
  const names = readFileSync(output, "utf8").trim().split("\n");
  expect(names.map((line) => line.split("=")[0]).filter((name) => name !== "PWD" && name !== "_")).toEqual([
    "PATH",
    "WAYMARK_UPLINK",
  ]);
});

it("gives words to a program as they are: no shell sees them", async () => {
  const { ended } = start(["printf", "%s|", "a b", "$(id)", "; x"]);
  await ended;
  expect(readFileSync(output, "utf8")).toBe("a b|$(id)|; x|");
});

it("keeps the last line that was said", async () => {
  await start(["sh", "-c", "echo one; echo two >&2; echo; echo"]).ended;
  expect(lastLine(output)).toBe("two");
});

it("begins with an empty file each time", async () => {
  writeFileSync(output, "old\n");
  await start(["true"]).ended;
  expect(lastLine(output)).toBe("");
});

it("empties a file that has grown too large", () => {
  writeFileSync(output, `${"x".repeat(99)}\n`.repeat(2000));
  expect(lastLine(output)).toBe("x".repeat(99));
  expect(readFileSync(output, "utf8")).toBe("");
});

it("knows whether it runs, and ends all of its process group", async () => {
  const file = join(folder, "child");
  const { dial, ended } = start(["sh", "-c", `sleep 60 & echo $! >${file}; wait`]);
  const child = Number(await appears(file));
  expect(isRunning(dial)).toBe(true);
  signalDial(dial, "SIGKILL");
  expect(await ended).toBeNull();
  expect(isRunning(dial)).toBe(false);
  // init takes it away, or has not come to it yet.
  while (!["", "Z"].includes(conditionOf(child))) await pause();
});

it("takes no other process for one that has ended", () => {
  const dial = { pid: process.pid, startTime: "1", unit: null };
  expect(isRunning(dial)).toBe(false);
  signalDial(dial, "SIGKILL");
});

it.each([
  [["waymark-no-such-program"], /there is no program waymark-no-such-program in \/usr\/bin:\/bin/],
  [["/no/such/program"], /there is no program \/no\/such\/program$/],
  [["/etc/passwd"], /\/etc\/passwd cannot be run/],
])("says why %s cannot be started", (argv, why) => {
  expect(() => start(argv)).toThrow(why);
});

it("finds no pppd where there is none", () => {
  expect(isPppdDialling([])).toBe(false);
  expect(isPppdDialling(["waymark-no-such-peer"])).toBe(false);
});
