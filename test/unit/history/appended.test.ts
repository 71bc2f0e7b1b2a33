import { appendFileSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { appendedLines } from "../../../lib/history/appended.ts";

const folder = mkdtempSync(join(tmpdir(), "waymark-appended-"));
afterAll(() => rmSync(folder, { recursive: true }));

it("lines behind a place, half lines, another file of that name, an emptied one", async () => {
  const path = join(folder, "log");
  writeFileSync(path, "old\nnew\nha");
  const lines = appendedLines(path, 4);
  const next = async () => (await lines.next()).value;
  expect(await next()).toBe("new");
  appendFileSync(path, "lf\n");
  expect(await next()).toBe("half");
  renameSync(path, `${path}.1`);
  appendFileSync(`${path}.1`, "late\n");
  expect(await next()).toBe("late");
  writeFileSync(path, "moved\n");
  expect(await next()).toBe("moved");
  truncateSync(path);
  const emptied = next();
  setTimeout(() => appendFileSync(path, "ä\n"), 300);
  expect(await emptied).toBe("ä");
  await lines.return(undefined);
});
