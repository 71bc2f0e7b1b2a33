/** The accounts of this machine, as /etc/passwd and /etc/group list them. */

import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Numbers of accounts by name; null if there is no such account. */
export interface Accounts {
  userId(name: string): number | null;
  groupId(name: string): number | null;
}

/**
 * The accounts in `directory`, read when first asked for: most configurations name none. Accounts that only a
 * directory service knows are not among them; those are given by number. A file that cannot be read has none.
 */
export function systemAccounts(directory = "/etc"): Accounts {
  return {
    userId: lookup(join(directory, "passwd")),
    groupId: lookup(join(directory, "group")),
  };
}

function lookup(path: string): (name: string) => number | null {
  let ids: ReadonlyMap<string, number> | undefined;
  return (name) => {
    ids ??= parseAccounts(contentOf(path));
    return ids.get(name) ?? null;
  };
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** Names and numbers of `name:password:number:...` lines, passwd(5) and group(5); of a doubled name the first, as the C library. */
export function parseAccounts(text: string): ReadonlyMap<string, number> {
  const ids = new Map<string, number>();
  for (const line of text.split("\n")) {
    const [name = "", , number = ""] = line.split(":");
    if (name !== "" && /^\d{1,10}$/.test(number) && !ids.has(name)) ids.set(name, Number(number));
  }
  return ids;
}
