/**
 * `npm run deb`: makes dist/waymark_VERSION_all.deb from the build. The same files give the same package, byte for byte.
 */

import { statSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { makePackage } from "./deb/package.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
try {
  const file = makePackage(root, join(root, "dist"));
  console.log(`${relative(root, file)}  ${(statSync(file).size / 1024).toFixed(0)} KiB`);
} catch (error) {
  console.error(`npm run deb: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
