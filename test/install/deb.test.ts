import { cpSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makePackage } from "../../scripts/deb/package.ts";
import { type Checkout, listing, makeCheckout, REPOSITORY, runProgram, UNITS } from "./checkout.ts";

let checkout: Checkout;
let file: string;
/** The package's files as they would lie on a machine, and what dpkg reads of it. */
let tree: string;
let control: string;

beforeAll(() => {
  checkout = makeCheckout();
  file = makePackage(checkout.directory, checkout.directory);
  tree = join(checkout.directory, "tree");
  control = join(checkout.directory, "control");
  runProgram("dpkg-deb", ["-x", file, tree]);
  runProgram("dpkg-deb", ["-e", file, control]);
});
afterAll(() => checkout.remove());

const has = (program: string) => runProgram("sh", ["-c", `command -v ${program}`]).status === 0;
/** A test that needs a program: skipped without it, except where everything must be there. */
const itNeeds = (program: string, title: string, test: () => void) =>
  it.skipIf(!has(program) && process.env.CI !== "true")(`${title} (${program})`, test);
const SCRIPTS = ["preinst", "postinst", "prerm", "postrm"];
const read = (path: string) => readFileSync(path, "utf8");
const paths = (directory: string) =>
  listing(directory)
    .filter((line) => line.startsWith("f"))
    .map((line) => line.slice(2));

describe("the package", () => {
  it("has the files of install.sh in the same places with the same modes", () => {
    expect(checkout.installBelowRoot().status).toBe(0);
    const packageOnly = "644 /usr/share/lintian/overrides/waymark";
    const atInstallation = ["644 /var/lib/waymark/manifest", "644 /etc/waymark/waymark.toml"];
    expect(paths(tree)).toContain(packageOnly);
    expect(paths(tree).filter((line) => line !== packageOnly)).toEqual(
      paths(checkout.root).filter((line) => !atInstallation.includes(line)),
    );
    expect(paths(tree).length).toBeGreaterThan(25);
  });

  it("has the same contents, but for where node is", () => {
    const node = { DESTDIR: checkout.root, NODE: "/usr/bin/node" };
    expect(checkout.install([], node).status).toBe(0);
    const { stdout } = runProgram("diff", ["-rq", tree, checkout.root]);
    expect(stdout.replaceAll(checkout.directory, "").trim().split("\n").sort()).toEqual([
      "Only in /root/etc/waymark: waymark.toml",
      "Only in /root/var/lib/waymark: manifest",
      "Only in /tree/usr/share: lintian",
    ]);
    expect(read(join(tree, "usr/bin/waymark"))).toMatch(/^WAYMARK_NODE=\/usr\/bin\/node$/m);
  });

  it("belongs to root, and its directories are for everybody to enter", () => {
    const lines = runProgram("dpkg-deb", ["-c", file]).stdout.trim().split("\n");
    expect(lines.filter((line) => !line.includes(" root/root "))).toEqual([]);
    expect(lines.filter((line) => line.startsWith("d") && !line.startsWith("drwxr-xr-x "))).toEqual([]);
    expect(
      lines.filter((line) => / \.\/(etc\/waymark\/notify\.d|var\/lib\/waymark)\/$/.test(line)),
    ).toHaveLength(2);
  });

  it("has what lies in /etc as conffiles, and sums of the rest", () => {
    const all = paths(tree).map((line) => line.slice(4));
    const conffiles = read(join(control, "conffiles")).trim().split("\n");
    expect(conffiles).toEqual(all.filter((path) => path.startsWith("/etc/")));
    expect(conffiles).toContain("/etc/ppp/ip-up.d/waymark");
    const sums = read(join(control, "md5sums")).trim().split("\n");
    expect(sums.map((line) => `/${line.slice(34)}`)).toEqual(all.filter((path) => !path.startsWith("/etc/")));
    expect(runProgram("sh", ["-c", `cd '${tree}' && md5sum --quiet -c '${control}/md5sums'`])).toMatchObject({
      status: 0,
      stdout: "",
    });
  });

  it("does not ship a configuration, which is not its to replace", () => {
    expect(paths(tree).join("\n")).not.toContain("/etc/waymark/");
  });

  it("has the version of package.json, and a changelog that says so", () => {
    const { version } = JSON.parse(read(join(REPOSITORY, "package.json"))) as { version: string };
    expect(file).toBe(join(checkout.directory, `waymark_${version}_all.deb`));
    const field = (name: string) => runProgram("dpkg-deb", ["-f", file, name]).stdout.trim();
    expect(field("Version")).toBe(version);
    expect(field("Architecture")).toBe("all");
    expect(field("Depends")).toContain("nodejs (>= 18)");
    expect(Number(field("Installed-Size"))).toBeGreaterThan(10);
    expect(runProgram("gzip", ["-dc", join(tree, "usr/share/doc/waymark/changelog.gz")]).stdout).toContain(
      `waymark (${version}) `,
    );
  });

  it("is refused when the changelog is of another version", () => {
    const other = makeCheckout();
    try {
      other.write("package.json", '{ "version": "7.0.0" }\n');
      expect(() => makePackage(other.directory, other.directory)).toThrow(
        /changelog begins with .* package\.json says 7\.0\.0/,
      );
    } finally {
      other.remove();
    }
  });

  it("says what install.sh said when that fails", () => {
    const other = makeCheckout();
    try {
      renameSync(join(other.directory, "dist/hooks/ifupdown"), join(other.directory, "gone"));
      expect(() => makePackage(other.directory, other.directory)).toThrow("dist/hooks/ifupdown is not there");
    } finally {
      other.remove();
    }
  });

  it("is the same, byte for byte, whenever, wherever and by whomever it is made", () => {
    const other = makeCheckout();
    const umask = process.umask(0o077);
    try {
      const time = new Date(1_000_000_000_000);
      runProgram("find", [other.directory, "-exec", "touch", "-d", time.toISOString(), "{}", "+"]);
      const again = makePackage(other.directory, other.directory);
      expect(readFileSync(again).equals(readFileSync(file))).toBe(true);
    } finally {
      process.umask(umask);
      other.remove();
    }
  });

  it("takes its time from SOURCE_DATE_EPOCH", () => {
    const out = join(checkout.directory, "epoch");
    mkdirSync(out);
    process.env.SOURCE_DATE_EPOCH = "1000000000";
    try {
      const { stdout } = runProgram("dpkg-deb", ["-c", makePackage(checkout.directory, out)], { TZ: "UTC" });
      expect(stdout.match(/ 2001-09-09 01:46 /g)).toHaveLength(stdout.trim().split("\n").length);
    } finally {
      delete process.env.SOURCE_DATE_EPOCH;
    }
  });
});

describe("the maintainer scripts", () => {
  it("name every unit, and have nothing left to be filled in", () => {
    for (const name of SCRIPTS) expect(read(join(control, name))).not.toMatch(/@[A-Z]+@|@include/);
    expect(UNITS).toContain("waymark.service");
    for (const name of ["postinst", "prerm", "postrm"])
      expect(read(join(control, name))).toContain(`\nunits='${[...UNITS].sort().join(" ")}'\n`);
    expect(read(join(control, "postinst"))).toContain("guarded_apply() {");
  });

  it("know a unit that packaging/files has one line of", () => {
    const other = makeCheckout();
    try {
      const list = read(join(other.directory, "packaging/files"));
      other.write("packaging/more.service", "[Service]\nExecStart=/bin/true\n");
      other.write(
        "packaging/files",
        `${list}0644 packaging/more.service /usr/lib/systemd/system/waymark-more.service\n`,
      );
      const made = makePackage(other.directory, other.directory);
      runProgram("dpkg-deb", ["-e", made, join(other.directory, "control")]);
      for (const name of ["postinst", "prerm", "postrm"])
        expect(read(join(other.directory, "control", name))).toMatch(
          /^units='.*\bwaymark-more\.service\b.*'$/m,
        );
    } finally {
      other.remove();
    }
  });

  itNeeds("dash", "are POSIX sh", () => {
    for (const name of SCRIPTS)
      expect(runProgram("dash", ["-n", join(control, name)])).toMatchObject({ status: 0, stderr: "" });
  });

  itNeeds("shellcheck", "have no fault that shellcheck knows", () => {
    const made = SCRIPTS.map((name) => join(control, name));
    expect(runProgram("shellcheck", made).stdout).toBe("");
    const sources = SCRIPTS.map((name) => join(REPOSITORY, "packaging/deb", name));
    expect(runProgram("shellcheck", [...sources, join(REPOSITORY, "packaging/start.sh")]).stdout).toBe("");
  });
});

describe("the copyright file", () => {
  const words = (text: string) =>
    text
      .replaceAll(/^ \.?$/gm, "")
      .replaceAll(/\s+/g, " ")
      .trim();
  const copyright = words(read(join(REPOSITORY, "packaging/deb/copyright")));

  it.each(["minimist", "smol-toml", "valibot"])(
    "has the licence of %s, which the bundles contain",
    (name) => {
      const text = ["LICENSE", "LICENSE.md", "license"].flatMap((entry) => {
        const path = join(REPOSITORY, "node_modules", name, entry);
        return runProgram("cat", [path]).status === 0 ? [read(path)] : [];
      })[0];
      const paragraphs = (text ?? "").split(/\n\s*\n/).map(words);
      const licence = paragraphs.filter(
        (one) => !/^(MIT License|Copyright|This software is released)/.test(one),
      );
      expect(licence.length).toBeGreaterThan(1);
      for (const paragraph of licence) expect(copyright).toContain(paragraph);
      expect(copyright).toContain(`node_modules/${name}/*`);
    },
  );

  it("names every module that the build bundles", () => {
    const bundled = /const BUNDLED = \[(.+)\]/.exec(read(join(REPOSITORY, "scripts/build.ts")))?.[1] ?? "";
    const names = [...bundled.matchAll(/"([^"]+)"/g)].map(([, name]) => name);
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) expect(copyright).toContain(`node_modules/${name}/*`);
  });
});

describe("lintian", () => {
  itNeeds("lintian", "finds nothing but what the overrides explain", () => {
    const built = makeCheckout();
    try {
      cpSync(join(REPOSITORY, "dist"), join(built.directory, "dist"), { recursive: true });
      const made = makePackage(built.directory, built.directory);
      // Without its search for bashisms, which takes minutes over a program and finds what is overridden.
      const args = [
        "-X",
        "shell/non-posix/bash-centric",
        "--display-info",
        "--fail-on",
        "error,warning,info",
      ];
      const { status, stdout } = runProgram("lintian", [...args, made]);
      expect(stdout).toBe("");
      expect(status).toBe(0);
    } finally {
      built.remove();
    }
  });
});
