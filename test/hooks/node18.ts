import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { TestContext } from "vitest";
import { vi } from "vitest";

const PLATFORM = process.arch === "arm" ? "armv7l" : process.arch;
const CACHED = new URL(`../../.cache/node18/node_modules/node-linux-${PLATFORM}/bin/node`, import.meta.url);

/** Debian oldstable's Node, as `npm test` fetched it; null if it is not there. */
export function node18(): string | null {
  const path = process.env.WAYMARK_NODE18 ?? fileURLToPath(CACHED);
  return existsSync(path) ? path : null;
}

/** Like `node18`; without one the test is left out, and says so, or fails where everything has to be run. */
export function wantNode18(context: TestContext): string {
  const path = node18();
  if (path !== null) return path;
  const why = "there is no node 18: sudo npm test fetches it";
  if (process.env.CI === "true") throw new Error(why);
  return context.skip(why);
}

/** Routers that are made from now on have this program for /usr/bin/node; null: the machine's own. */
export function routersGet(node: string | null): void {
  if (node !== null) vi.stubEnv("LAB_NODE", node);
}
