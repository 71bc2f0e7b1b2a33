import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { parseAccounts, systemAccounts } from "../../../lib/config/accounts.ts";

const PASSWD = "root:x:0:0::/root:/bin/sh\n\n# x\nbad\nbob:x:1000:1000:::\nbob:x:1001:1:::\nodd:x:-1:::\n";

const id = (name: string, expected: number | undefined) =>
  it(`${name} is ${expected}`, () => expect(parseAccounts(PASSWD).get(name)).toBe(expected));

id("root", 0);
id("bob", 1000);
id("bad", undefined);
id("odd", undefined);
id("", undefined);
id("constructor", undefined);

it("reads users and groups from their files", () => {
  const directory = mkdtempSync(join(tmpdir(), "accounts-"));
  writeFileSync(join(directory, "passwd"), PASSWD);
  writeFileSync(join(directory, "group"), "p2p:x:77:bob\n");
  const accounts = systemAccounts(directory);
  expect([accounts.userId("bob"), accounts.groupId("p2p"), accounts.userId("p2p")]).toEqual([1000, 77, null]);
  rmSync(directory, { recursive: true });
});

it("absent files have no accounts", () => expect(systemAccounts("/nonexistent").userId("root")).toBeNull());
it("root is on every machine", () => expect(systemAccounts().userId("root")).toBe(0));
