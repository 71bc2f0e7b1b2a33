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
  it("not when it has ended", () => {
    written({ pid: 4_194_305 });
    expect(readHealth(path)).toBeNull();
  });
  it("not when there is nothing, or a folder", () => {
    expect(readHealth(join(folder, "none"))).toBeNull();
    expect(readHealth(folder)).toBeNull();
  });
});
