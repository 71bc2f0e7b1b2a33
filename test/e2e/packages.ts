/** Debian packages for a job to install: of the checkout as it is, and of what could be its next version. */

import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { makePackage } from "../../scripts/deb/package.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const CACHE = fileURLToPath(new URL("../../.cache/e2e/", import.meta.url));

/** A built copy of the checkout, which the beds of this file's scenarios install from; made if there is none yet. */
export function builtCheckout(): string {
  const given = process.env.WAYMARK_E2E_CHECKOUT;
  if (given !== undefined) return given;
  const copy = join(mkdtempSync(join(CACHE, "checkout.")), "checkout");
  const { status, stderr } = spawnSync(join(HERE, "bed/copy-checkout.sh"), [copy], { encoding: "utf8" });
  if (status !== 0) throw new Error(`there is no build to make packages of: ${stderr}`);
  process.env.WAYMARK_E2E_CHECKOUT = copy;
  process.on("exit", () => rmSync(join(copy, ".."), { recursive: true, force: true }));
  return copy;
}

/** What goes into a package. */
const CONTENTS = ["dist", "docs", "examples", "packaging", "install.sh", "package.json", "LICENSE"] as const;

/** Versions of the two packages. */
export function packageVersions(checkout: string): readonly [first: string, next: string] {
  const { version } = JSON.parse(readFileSync(join(checkout, "package.json"), "utf8")) as { version: string };
  return [version, `${version}+next`];
}

/** Makes both packages, `waymark_VERSION_all.deb`, in the directory. */
export function layPackages(checkout: string, directory: string): void {
  const [, next] = packageVersions(checkout);
  makePackage(checkout, directory);
  const later = mkdtempSync(join(CACHE, "next."));
  try {
    const documents = readdirSync(checkout).filter((name) => name.endsWith(".md"));
    for (const name of [...CONTENTS, ...documents])
      cpSync(join(checkout, name), join(later, name), { recursive: true });
    writeFileSync(join(later, "package.json"), JSON.stringify({ version: next }));
    const changelog = readFileSync(join(later, "packaging/deb/changelog"), "utf8");
    writeFileSync(
      join(later, "packaging/deb/changelog"),
      changelog.replace(/\(.+?\)/, `(${next})`) + changelog,
    );
    for (const name of ["waymark", "hooks/ifupdown"]) mark(join(later, "dist", name));
    makePackage(later, directory);
  } finally {
    rmSync(later, { recursive: true, force: true });
  }
}

function mark(file: string): void {
  if (!existsSync(file)) throw new Error(`${file} is not there`);
  writeFileSync(file, readFileSync(file, "utf8").replace("\n", "\n# next version\n"));
}
