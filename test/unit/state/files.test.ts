import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readLongText, readText } from "../../../lib/state/files.ts";

describe("a long text", () => {
  let directory = "";
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "waymark-"));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const same = (title: string, bytes: string | Buffer) =>
    it(`${title} is read as any other`, () => {
      const path = join(directory, "long");
      writeFileSync(path, bytes);
      expect(readLongText(path)).toBe(readText(path));
    });

  same("of plain letters", "a device called eth0\n".repeat(100));
  same("with others", "a device called küche\n");
  same("with half of a letter at its end", Buffer.from([0x61, 0xc3]));
  same("without anything", "");

  it("that is not there is none", () => expect(readLongText(join(directory, "none"))).toBeNull());
});
