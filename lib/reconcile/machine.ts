/** The world as it is: this machine's kernel, files and clock. */

import { readdirSync, writeFileSync } from "node:fs";
import { readHealth } from "../health/read.ts";
import { frontFound, isLoaded } from "../kernel/canary.ts";
import type { IpSession } from "../kernel/ip-session.ts";
import { run } from "../kernel/run.ts";
import type { Prefix } from "../net/prefix.ts";
import type { Spread } from "../plan/settings.ts";
import { isAbsent, readText, removeFile, writeWhole } from "../state/files.ts";
import { PATHS } from "../state/paths.ts";
import { findPeerDevices } from "../state/ppp-sessions.ts";
import { writeState } from "../state/read-state.ts";
import type { World } from "./world.ts";

declare const WAYMARK_BUILD: string;
/** Another version makes other chains and rules from the same. In a checkout any edit may: there nothing is taken for known. */
const BUILD = `${typeof WAYMARK_BUILD === "string" ? WAYMARK_BUILD : `${process.pid} ${Date.now()}`}\n`;

/**
 * @param readPrefixes reads a prefix file; handed in, so that the reader is loaded only where files are used
 * @param session the tools that a hook's front started; null: every command is a process of its own
 */
export function machine(
  readPrefixes: (path: string) => readonly Prefix[],
  session: IpSession | null = null,
): World {
  return {
    run: async (command) => session?.run(command) ?? run(command),
    expect: (command) => session?.expect(command),
    now: Date.now,
    wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    isLoaded: async (fingerprint) =>
      (session === null ? null : frontFound(fingerprint, session.sign)) ?? isLoaded(fingerprint),
    readSetting: (path) => readText(path)?.trim() ?? null,
    writeSetting: (path, value) => writeFileSync(path, value),
    loadedChains: () => readText(PATHS.packetFilter),
    keepChains: (chains) => writeWhole(PATHS.packetFilter, chains),
    loadedFilter: () => readOwn(PATHS.packetFilterSource),
    keepFilter: (source) => writeOwn(PATHS.packetFilterSource, source),
    forgetChains: () => {
      for (const path of [PATHS.packetFilterSource, PATHS.packetFilter]) removeFile(path);
    },
    settledRules: () => readOwn(PATHS.settledRules),
    keepSettledRules: (text) => writeOwn(PATHS.settledRules, text),
    readPrefixes,
    peerDevices: findPeerDevices,
    spread,
    healths: () => readHealth()?.uplinks ?? null,
    touch,
    saveState: writeState,
  };
}

/** What this very version of the program wrote; null: nothing. */
function readOwn(path: string): string | null {
  const text = readText(path);
  return text?.startsWith(BUILD) === true ? text.slice(BUILD.length) : null;
}

function writeOwn(path: string, text: string): void {
  writeWhole(path, `${BUILD}${text}`);
}

async function touch(source: string, destination: string): Promise<void> {
  // Loaded late: it is dear, and few events come to it.
  const { createSocket } = await import("node:dgram");
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    const end = () => socket.close(() => resolve());
    // Whatever stops it: the neighbours then learn a little later, from the first packet that is due.
    socket.on("error", end);
    socket.bind({ address: source, port: 0, exclusive: true }, () => {
      socket.send("", 9, destination, end);
    });
  });
}

async function spread(devices: readonly string[]): Promise<Spread> {
  const { availableParallelism } = await import("node:os");
  const queues = devices.flatMap((device) => {
    const names = queueNames(device);
    const count = (kind: string) => names.filter((name) => name.startsWith(kind)).length;
    return names.length === 0 ? [] : [[device, { receive: count("rx-"), transmit: count("tx-") }] as const];
  });
  return { cpus: availableParallelism(), queues: Object.fromEntries(queues) };
}

function queueNames(device: string): string[] {
  try {
    return readdirSync(`/sys/class/net/${device}/queues`);
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}
