import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { startTimeOf } from "../../../lib/health/parse.ts";
import { readHealth } from "../../../lib/health/read.ts";

const folder = mkdtempSync(join(tmpdir(), "waymark-health-"));
const path = join(folder, "health.json");
afterAll(() => rmSync(folder, { recursive: true }));

const own = startTimeOf(readFileSync("/proc/self/stat", "utf8"));
const written = (how: object) =>
  writeFileSync(path, JSON.stringify({ pid: process.pid, startTime: own, written: 1, uplinks: {}, ...how }));

describe("what the checks found counts", () => {
  it("while their process lives", () => {
    written({});
    expect(readHealth(path)?.pid).toBe(process.pid);
  });
  it("not when another process has its number", () => {
    written({ startTime: "1" });
    expect(readHealth(path)).toBeNull();
  });
  it("for as long as a restart takes when it has ended", () => {
    written({ pid: 4_194_305, written: 1_000_000 });
    expect(readHealth(path, 1_014_000)?.written).toBe(1_000_000);
  });
  it("not for longer", () => {
    written({ pid: 4_194_305, written: 1_000_000 });
    expect(readHealth(path, 1_015_000)).toBeNull();
  });
  it("not when it was written in a time to come", () => {
    written({ pid: 4_194_305, written: 1_000_000 });
    expect(readHealth(path, 999_000)).toBeNull();
  });
  it("not when there is nothing, or a folder", () => {
    expect(readHealth(join(folder, "none"))).toBeNull();
    expect(readHealth(folder)).toBeNull();
  });
});
