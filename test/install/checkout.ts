/** A copy of what install.sh works on, with small stand-ins for the built files, and ways to run and look. */

import { spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const REPOSITORY = fileURLToPath(new URL("../..", import.meta.url));

export const HOOKS = [
  "ppp-ip-up",
  "ppp-ip-down",
  "ifplugd",
  "ifupdown",
  "nm-dispatcher",
  "dhclient",
  "dhcpcd",
];

/** Names of the units that packaging/files lists, in its order. */
export const UNITS = [
  ...readFileSync(join(REPOSITORY, "packaging/files"), "utf8").matchAll(/^0644 packaging\/(\S+\.service) /gm),
].map(([, name]) => name ?? "");

/** Those that go on running, and are started anew at an upgrade. */
export const LASTING_UNITS = UNITS.filter(
  (name) => !/^Type=oneshot$/m.test(readFileSync(join(REPOSITORY, "packaging", name), "utf8")),
);

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program with nothing on stdin and an end to its time. */
export function runProgram(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Ran {
  const { DESTDIR: _, NODE: __, ...inherited } = process.env;
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: "utf8",
    env: { ...inherited, LC_ALL: "C", ...env },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 90_000,
  });
  if (error) throw error;
  return { status, stdout, stderr };
}

export interface Checkout {
  readonly directory: string;
  /** Where the tests of DESTDIR install. */
  readonly root: string;
  write(path: string, content: string, mode?: number): void;
  install(args: readonly string[], env?: Readonly<Record<string, string>>): Ran;
  installBelowRoot(...args: string[]): Ran;
  remove(): void;
}

const STUB = '#!/bin/sh\nWAYMARK_NODE=\necho "stand-in of NAME: $*"\nWAYMARK_NODE=\n';

export function makeCheckout(): Checkout {
  const directory = mkdtempSync(join(tmpdir(), "waymark-install-"));
  const root = join(directory, "root");
  for (const name of [
    "install.sh",
    "packaging",
    "LICENSE",
    "README.md",
    "docs",
    "examples",
    "package.json",
  ]) {
    const source = join(REPOSITORY, name);
    if (existsSync(source)) cpSync(source, join(directory, name), { recursive: true });
  }
  const checkout: Checkout = {
    directory,
    root,
    write(path, content, mode = 0o644) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), content);
      chmodSync(join(directory, path), mode);
    },
    install: (args, env = {}) => runProgram(join(directory, "install.sh"), args, env),
    installBelowRoot: (...args) => checkout.install(args, { DESTDIR: root }),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
  checkout.write("dist/waymark", STUB.replace("NAME", "waymark"), 0o755);
  for (const hook of HOOKS) checkout.write(`dist/hooks/${hook}`, STUB.replace("NAME", hook), 0o755);
  return checkout;
}

/** Every file and directory below a directory: type, mode, modification time, size and path, one a line. */
export function snapshot(directory: string): string {
  return runProgram("find", [directory, "-printf", "%y %m %T@ %s %P\n"]).stdout.split("\n").sort().join("\n");
}

/** The same without times and sizes. */
export function listing(directory: string): string[] {
  return runProgram("find", [directory, "-mindepth", "1", "-printf", "%y %m /%P\n"])
    .stdout.split("\n")
    .filter((line) => line !== "")
    .sort((a, b) => (a.slice(6) < b.slice(6) ? -1 : 1));
}
