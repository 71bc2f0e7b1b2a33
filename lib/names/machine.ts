/** Publishing on this machine: its resolvers, its files. */

import { accessSync, constants, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { basename } from "node:path";
import type { Run } from "../kernel/command.ts";
import type { LogLine } from "../log.ts";
import { runChild } from "../notify/child.ts";
import { takeLock } from "../notify/lock.ts";
import { isAbsent, readText, writeWhole } from "../state/files.ts";
import { PATHS } from "../state/paths.ts";
import { dnsmasq, namesServersFile } from "./dnsmasq.ts";
import { NOTHING_DONE, type Resolver, readDone, readWanted, writeDone, writeWanted } from "./done.ts";
import { type NamesEdge, type Publishing, withdrawNames } from "./publisher.ts";
import { resolvconf } from "./resolvconf.ts";
import { systemdResolved } from "./resolved.ts";

/** @param say where what happens is told */
export function namesMachine(say: (lines: readonly LogLine[]) => void): NamesEdge {
  return {
    lock: () => takeLock(PATHS.namesLock),
    wanted: readWanted,
    done: readDone,
    keep: writeDone,
    detect,
    publishing,
    unsettle: () => rmSync(PATHS.calm, { force: true }),
    wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    say,
  };
}

/** Takes back whatever was published, for `stop`: waits for it. @returns what was done, and what went wrong */
export async function takeBackNames(
  say: (lines: readonly LogLine[]) => void,
): Promise<{ readonly changes: readonly string[]; readonly errors: readonly string[] }> {
  const { resolver } = readDone();
  if (resolver === null && readWanted().publish === "none") return { changes: [], errors: [] };
  writeWanted(NOTHING_DONE.wanted);
  const errors = await withdrawNames(namesMachine(say));
  const changes = resolver === null || errors.length > 0 ? [] : [`name servers taken back from ${resolver}`];
  return { changes, errors };
}

/** resolvconf waits up to 10 s for its own lock, and runs scripts of others. */
const TIMES = { limit: 30_000, grace: 5_000 } as const;

const run: Run = async ({ file, args, input }) => {
  const env = { PATH: process.env.PATH ?? "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C" };
  const { status, why, out, err } = await runChild(file, args, {
    env,
    ...TIMES,
    ...(input === undefined ? {} : { input }),
  });
  return {
    exitCode: why === null ? status : null,
    stdout: out,
    stderr: why === null ? err : `${err}${why}\n`,
  };
};

function publishing(resolver: Resolver): Publishing {
  switch (resolver) {
    case "dnsmasq":
      return dnsmasq({
        readServers: () => readText(PATHS.dnsmasqServers),
        writeServers: (text) => writeWhole(PATHS.dnsmasqServers, text),
        reload: () => dnsmasqProcesses().forEach(hangUp),
      });
    case "systemd-resolved":
      return ifThere("resolvectl", systemdResolved(run, indexOf));
    case "resolvconf":
      return ifThere("resolvconf", resolvconf(run));
  }
}

/** What is not installed, or not any more, has nothing that could be taken back from it. */
function ifThere(program: string, publishing: Publishing): Publishing {
  const isThere = PROGRAM_FOLDERS.some((folder) => isExecutable(`${folder}/${program}`));
  return isThere ? publishing : { ...publishing, withdraw: async () => undefined };
}

const PROGRAM_FOLDERS = [
  "/usr/sbin",
  "/usr/bin",
  "/sbin",
  "/bin",
  "/usr/local/sbin",
  "/usr/local/bin",
] as const;

/**
 * Who serves names here: a dnsmasq that was told of our file, which somebody did on purpose; systemd-resolved, if
 * resolv.conf leads to it; resolvconf, if it is installed and is not systemd-resolved's stand-in for it.
 */
function detect(): Resolver | null {
  if (dnsmasqFiles().some((path) => namesServersFile(readText(path) ?? "", PATHS.dnsmasqServers)))
    return "dnsmasq";
  if (realPath("/etc/resolv.conf")?.startsWith("/run/systemd/resolve/") === true) return "systemd-resolved";
  const program = ["/usr/sbin/resolvconf", "/sbin/resolvconf"].find(isExecutable);
  return program !== undefined && basename(realPath(program) ?? "") !== "resolvectl" ? "resolvconf" : null;
}

/** As Debian's dnsmasq reads them: `CONFIG_DIR=/etc/dnsmasq.d,.dpkg-dist,.dpkg-old,.dpkg-new`. */
function dnsmasqFiles(): string[] {
  const isRead = (name: string) => !/^\.|~$|^#.*#$|\.dpkg-(dist|old|new)$/.test(name);
  const more = namesIn("/etc/dnsmasq.d").filter(isRead);
  return ["/etc/dnsmasq.conf", ...more.map((name) => `/etc/dnsmasq.d/${name}`)];
}

/** Those that Debian starts: /run/dnsmasq/dnsmasq.pid, dnsmasq.INSTANCE.pid; and upstream's own default. */
function dnsmasqProcesses(): number[] {
  const files = namesIn("/run/dnsmasq").filter((name) => name.endsWith(".pid"));
  return ["/run/dnsmasq.pid", ...files.map((name) => `/run/dnsmasq/${name}`)].flatMap((path) => {
    const pid = Number((readText(path) ?? "").trim());
    return Number.isSafeInteger(pid) && pid > 1 ? [pid] : [];
  });
}

/** The account dnsmasq may write its pid file: only a dnsmasq is told anything. */
function hangUp(pid: number): void {
  try {
    if (readFileSync(`/proc/${pid}/comm`, "utf8").trim() === "dnsmasq") process.kill(pid, "SIGHUP");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    // It has ended; the next one reads the file when it starts.
    if (!isAbsent(error) && code !== "ESRCH") throw error;
  }
}

function indexOf(device: string): number | null {
  const text = readText(`/sys/class/net/${device}/ifindex`);
  return text === null ? null : Number(text.trim());
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

function realPath(path: string): string | null {
  try {
    return realpathSync(path);
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
