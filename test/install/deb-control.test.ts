import { describe, expect, it } from "vitest";
import {
  conffiles,
  controlFile,
  debianVersion,
  maintainerScript,
  md5sums,
  newestEntry,
  type Shipped,
  unitsOf,
} from "../../scripts/deb/control.ts";

const shipped = (path: string, size = 1): Shipped => ({ path, size, md5: "d".repeat(32) });
const FILES = [
  shipped("/etc/ppp/ip-up.d/waymark", 2048),
  shipped("/usr/bin/waymark", 1),
  shipped("/usr/lib/systemd/system/waymark.service"),
];

describe("a version", () => {
  it("stays as it is", () => expect(debianVersion("0.1.0")).toBe("0.1.0"));
  it("of a pre-release comes before the release", () =>
    expect(debianVersion("1.0.0-rc.1")).toBe("1.0.0~rc.1"));
});

describe("the newest entry of a changelog", () => {
  const entry = (version: string, date: string) =>
    `waymark (${version}) unstable; urgency=medium\n\n  * x\n\n -- A B <a@b.invalid>  ${date}\n`;

  it("is the first", () => {
    const text =
      entry("0.2.0", "Sun, 09 Sep 2001 01:46:40 +0000") + entry("0.1.0", "Thu, 01 Jan 1970 00:00:00 +0000");
    expect(newestEntry(text)).toEqual({ version: "0.2.0", time: 1_000_000_000 });
  });
  it("has a time zone", () =>
    expect(newestEntry(entry("1", "Sun, 09 Sep 2001 03:46:40 +0200")).time).toBe(1_000_000_000));
  it.each([
    ["without a version", entry("", "Sun, 09 Sep 2001 01:46:40 +0000")],
    ["without a date", entry("1", "yesterday")],
    ["of another package", entry("1", "Sun, 09 Sep 2001 01:46:40 +0000").replace("waymark", "other")],
    ["that is empty", ""],
  ])("is an error in one %s", (_, text) =>
    expect(() => newestEntry(text)).toThrow("packaging/deb/changelog"),
  );
});

describe("the control file", () => {
  it("gets version and size, in kibibytes a file rounded up", () =>
    expect(controlFile("Package: waymark\nArchitecture: all\nSection: net\n", "1.2", FILES)).toBe(
      "Package: waymark\nVersion: 1.2\nInstalled-Size: 4\nArchitecture: all\nSection: net\n",
    ));
});

describe("files", () => {
  it("in /etc are conffiles", () => expect(conffiles(FILES)).toBe("/etc/ppp/ip-up.d/waymark\n"));
  it("elsewhere have sums", () => expect(md5sums(FILES)).toContain(`${"d".repeat(32)}  usr/bin/waymark\n`));
  it("in /etc have none", () => expect(md5sums(FILES)).not.toContain("etc/ppp"));
  it("that are units are known by name", () => expect(unitsOf(FILES)).toEqual(["waymark.service"]));
});

describe("a maintainer script", () => {
  const include = (file: string) => `text of ${file} with $& in it\n`;

  it("names the units", () =>
    expect(maintainerScript("units='@UNITS@'\n", ["a.service", "b.service"], include)).toBe(
      "units='a.service b.service'\n",
    ));
  it("carries what it includes, as it is", () =>
    expect(maintainerScript("one\n# @include a/b.sh\ntwo\n", [], include)).toBe(
      "one\ntext of a/b.sh with $& in it\ntwo\n",
    ));
});
