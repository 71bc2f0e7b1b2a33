import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { removeMetrics, whyNot, writeMetrics } from "../../../lib/metrics/write.ts";
import { NO_STATE, type State } from "../../../lib/state/record.ts";
import { configOf } from "../config/reading.ts";
import { parseExposition } from "./grammar.ts";

const folder = mkdtempSync(join(tmpdir(), "waymark-metrics-"));
afterAll(() => rmSync(folder, { recursive: true }));
const record = join(folder, "record");
const first = join(folder, "new/waymark.prom");
const second = join(folder, "other.prom");
beforeEach(() => {
  for (const path of [record, first, second]) rmSync(path, { force: true });
});

const config = configOf('[uplink.a]\ninterface = "eth0"\ntier = 1\n');
const write = (textfile: string | null, state: State = NO_STATE) =>
  writeMetrics({ config: { ...config, metrics: { textfile } }, error: null }, state, null, record);

describe("the file for the node exporter", () => {
  it("is whole, and nothing lies beside it", () => {
    expect(write(first)).toEqual([]);
    expect(parseExposition(readFileSync(first, "utf8")).length).toBeGreaterThan(2);
    expect(readdirSync(join(folder, "new"))).toEqual(["waymark.prom"]);
    expect(statSync(first).mode & 0o777).toBe(0o644);
  });
  it("is left alone while it is right", () => {
    write(first);
    const { ino } = statSync(first);
    write(first);
    expect(statSync(first).ino).toBe(ino);
    write(first, { ...NO_STATE, switches: 1 });
    expect(statSync(first).ino).not.toBe(ino);
  });
  it("moves with the configuration, and goes with it", () => {
    write(first);
    write(second);
    expect([existsSync(first), existsSync(second)]).toEqual([false, true]);
    write(null);
    expect([existsSync(second), existsSync(record)]).toEqual([false, false]);
  });
  it("is taken away by `stop`", () => {
    write(first);
    removeMetrics(record);
    removeMetrics(record);
    expect(readdirSync(join(folder, "new"))).toEqual([]);
  });
  it("is none of ours that we did not write", () => {
    writeFileSync(second, "x");
    write(null);
    removeMetrics(record);
    expect(readFileSync(second, "utf8")).toBe("x");
  });
  it.each([
    ["EROFS", "/srv/a/waymark.prom", /^no; .*ReadWritePaths=\/srv\/a to/],
    ["EROFS", null, /^no$/],
    ["EACCES", "/srv/a/waymark.prom", /^no$/],
  ])("says what helps in a sandbox, and only there: %s %s", (code, path, words) =>
    expect(whyNot(Object.assign(new Error("no"), { code }), path)).toMatch(words),
  );
  it("says what stopped it", () => {
    writeFileSync(second, "");
    expect(write(join(second, "waymark.prom"))).toEqual([
      expect.stringMatching(/^cannot write the metrics \(.*ENOTDIR|EEXIST/),
    ]);
  });
  it("nothing is configured", () =>
    expect(writeMetrics({ config: null, error: "no" }, NO_STATE, null, record)).toEqual([]));
});
