/** Makes the Debian package of the files that install.sh installs, with nothing of Debian's tools but dpkg-deb. */

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import {
  conffiles,
  controlFile,
  debianVersion,
  maintainerScript,
  md5sums,
  newestEntry,
  type Shipped,
  unitsOf,
} from "./control.ts";

const SCRIPTS = ["preinst", "postinst", "prerm", "postrm"] as const;

/** Debian's: whoever depends on the package nodejs has it there. */
const NODE = "/usr/bin/node";

/** Written when something is installed, not shipped. */
const NOT_SHIPPED = ["/var/lib/waymark/manifest", "/etc/waymark/waymark.toml"] as const;

/** What only the package has: install.sh has nobody to tell. */
const OVERRIDES = "/usr/share/lintian/overrides/waymark";

/**
 * @param checkout with a build in dist/
 * @param directory where the package is put
 * @returns its path
 * @throws Error if versions disagree, or install.sh or dpkg-deb fails
 */
export function makePackage(checkout: string, directory: string): string {
  const own = (name: string) => readFileSync(join(checkout, "packaging/deb", name), "utf8");
  const { version } = JSON.parse(readFileSync(join(checkout, "package.json"), "utf8")) as { version: string };
  const newest = newestEntry(own("changelog"));
  if (newest.version !== debianVersion(version))
    throw new Error(
      `packaging/deb/changelog begins with ${newest.version}, package.json says ${version}: write an entry for it`,
    );
  const time = Number(process.env.SOURCE_DATE_EPOCH ?? newest.time);

  const scratch = mkdtempSync(join(tmpdir(), "waymark-deb-"));
  try {
    const tree = join(scratch, "tree");
    runTool(join(checkout, "install.sh"), [], { DESTDIR: tree, NODE });
    for (const path of NOT_SHIPPED) rmSync(join(tree, path));
    mkdirSync(dirname(join(tree, OVERRIDES)), { recursive: true });
    writeFileSync(join(tree, OVERRIDES), own("lintian-overrides"));
    const files = shippedBelow(tree);
    const units = unitsOf(files);

    const control = join(tree, "DEBIAN");
    mkdirSync(control);
    writeFileSync(join(control, "control"), controlFile(own("control"), newest.version, files));
    writeFileSync(join(control, "conffiles"), conffiles(files));
    writeFileSync(join(control, "md5sums"), md5sums(files));
    for (const name of SCRIPTS) {
      const include = (file: string) => readFileSync(join(checkout, file), "utf8");
      writeFileSync(join(control, name), maintainerScript(own(name), units, include));
    }
    makeAlike(tree, time);

    const file = join(directory, `waymark_${newest.version}_all.deb`);
    // One thread: with more xz writes other bytes.
    const env = { SOURCE_DATE_EPOCH: String(time), DPKG_DEB_THREADS_MAX: "1" };
    runTool("dpkg-deb", ["--root-owner-group", "-Zxz", "--build", tree, file], env);
    return file;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function runTool(file: string, args: readonly string[], env: Readonly<Record<string, string>>): void {
  try {
    execFileSync(file, args, { env: { PATH: process.env.PATH, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: Buffer };
    throw new Error(`${file} failed: ${stderr?.toString().trim() || message}`);
  }
}

/** Every path below a directory with its kind, the directory itself first. */
function everythingBelow(directory: string): readonly { readonly path: string; readonly isFile: boolean }[] {
  const below = readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    return entry.isDirectory() ? everythingBelow(path) : [{ path, isFile: true }];
  });
  return [{ path: directory, isFile: false }, ...below];
}

/** The files below a directory, by path. */
function shippedBelow(tree: string): readonly Shipped[] {
  return everythingBelow(tree)
    .filter(({ isFile }) => isFile)
    .map(({ path }) => ({
      path: path.slice(tree.length),
      size: statSync(path).size,
      md5: createHash("md5").update(readFileSync(path)).digest("hex"),
    }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Modes and times that do not tell where and when the package was made. */
function makeAlike(tree: string, time: number): void {
  for (const { path, isFile } of everythingBelow(tree)) {
    const executable = !isFile || (statSync(path).mode & 0o111) !== 0 || isScript(path, tree);
    chmodSync(path, executable ? 0o755 : 0o644);
    lutimesSync(path, time, time);
  }
}

function isScript(path: string, tree: string): boolean {
  return SCRIPTS.some((name) => path === join(tree, "DEBIAN", name));
}
