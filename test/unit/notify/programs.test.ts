import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { findPrograms, programNames, whyRefused } from "../../../lib/notify/programs.ts";

const folder = mkdtempSync(join(tmpdir(), "waymark-notify-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ROOTS = { uid: 0, mode: 0o755 };

it("what is root's in root's directories is run", () => {
  expect(
    whyRefused(ROOTS, [
      ["/etc", ROOTS],
      ["/", ROOTS],
    ]),
  ).toBeNull();
});

it.each([
  [{ uid: 1000, mode: 0o755 }, "belongs to user 1000, not to root"],
  [{ uid: 0, mode: 0o775 }, "can be written by its group"],
  [{ uid: 0, mode: 0o757 }, "can be written by everybody"],
])("a file %o is refused", (file, why) => expect(whyRefused(file, [["/etc", ROOTS]])).toBe(why));

it("so is one in a directory of somebody else's, however far up", () => {
  const folders = [
    ["/home/u/bin", ROOTS],
    ["/home/u", { uid: 1000, mode: 0o755 }],
    ["/home", ROOTS],
  ] as const;
  expect(whyRefused(ROOTS, folders)).toBe("its directory /home/u belongs to user 1000, not to root");
});

it("names are run-parts' own, in the order of their bytes", () => {
  for (const name of ["b", "a.sh", "Z", "a", "_x", "10-mail", "a~", ".hid", "x.dpkg-old"])
    writeFileSync(join(folder, name), "");
  expect(programNames(folder)).toEqual(["10-mail", "Z", "_x", "a", "b"]);
});

it("no directory, no programs", () => {
  expect(programNames(join(folder, "none"))).toEqual([]);
  expect(findPrograms(join(folder, "none"))).toEqual({ run: [], refused: [] });
});

it("what cannot be executed, and directories, are passed over", () => {
  const place = join(folder, "d");
  mkdirSync(join(place, "sub"), { recursive: true });
  writeFileSync(join(place, "text"), "");
  expect(findPrograms(place)).toEqual({ run: [], refused: [] });
});

it("what lies below a directory that everybody can write is refused", () => {
  const place = join(folder, "open");
  mkdirSync(place);
  writeFileSync(join(place, "mail"), "");
  chmodSync(join(place, "mail"), 0o755);
  chmodSync(place, 0o777);
  const { run, refused } = findPrograms(place);
  expect(run).toEqual([]);
  expect(refused[0]).toMatch(/^\S+\/mail: (its directory \S+ can be written by its group|belongs to user)/);
});
