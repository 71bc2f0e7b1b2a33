/** The texts that dpkg reads beside the files: pure. */

/** What goes into the package, as it will lie on the machine. */
export interface Shipped {
  /** Absolute, such as `/usr/bin/waymark`. */
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  /** Hexadecimal. */
  readonly md5: string;
}

/** Debian's form of a version of npm's: a pre-release comes before the release. */
export function debianVersion(version: string): string {
  return version.replace("-", "~");
}

/** The newest entry of a Debian changelog. */
export interface Entry {
  readonly version: string;
  /** Seconds since 1970. */
  readonly time: number;
}

/**
 * @param changelog as deb-changelog(5) has it
 * @throws Error if its first entry has no version or no date
 */
export function newestEntry(changelog: string): Entry {
  const version = /^waymark \(([^)\s]+)\) /.exec(changelog)?.[1];
  const date = /^ -- .+ <.+> {2}(.+)$/m.exec(changelog)?.[1];
  const time = Date.parse(date ?? "") / 1000;
  if (version === undefined || Number.isNaN(time))
    throw new Error("packaging/deb/changelog: its first entry has no version or no date (deb-changelog(5))");
  return { version, time };
}

/** The control file: what does not change comes from packaging/deb/control. */
export function controlFile(template: string, version: string, files: readonly Shipped[]): string {
  const kibibytes = files.reduce((sum, { size }) => sum + Math.ceil(size / 1024), 0);
  const added = `Version: ${version}\nInstalled-Size: ${kibibytes}\n`;
  return template.replace(/^Architecture:/m, `${added}Architecture:`);
}

/** What an administrator may have changed, and dpkg asks about. */
export function conffiles(files: readonly Shipped[]): string {
  return files
    .map(({ path }) => path)
    .filter((path) => path.startsWith("/etc/"))
    .map((path) => `${path}\n`)
    .join("");
}

/** Sums of the other files, for `dpkg --verify`. */
export function md5sums(files: readonly Shipped[]): string {
  return files
    .filter(({ path }) => !path.startsWith("/etc/"))
    .map(({ path, md5 }) => `${md5}  ${path.slice(1)}\n`)
    .join("");
}

/** Names of the units among the files. */
export function unitsOf(files: readonly Shipped[]): readonly string[] {
  return files.flatMap(({ path }) => /^\/usr\/lib\/systemd\/system\/(.+)$/.exec(path)?.[1] ?? []);
}

/**
 * A maintainer script as it goes into the package.
 * @param include gives the text of a file that a line `# @include FILE` names
 */
export function maintainerScript(
  template: string,
  units: readonly string[],
  include: (file: string) => string,
): string {
  return template
    .replaceAll("@UNITS@", () => units.join(" "))
    .replaceAll(/^# @include (.+)$/gm, (_, file: string) => include(file).trimEnd());
}
