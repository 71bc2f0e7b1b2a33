/** Runs the tools that tell of a machine. Nothing here changes anything. */

import { spawnSync } from "node:child_process";

/** Each only ever lists; none is given words from outside. */
type Tool =
  | "ip"
  | "nft"
  | "conntrack"
  | "iptables-nft-save"
  | "ip6tables-nft-save"
  | "iptables-legacy-save"
  | "ip6tables-legacy-save"
  | "nmcli"
  | "NetworkManager";

const TIME_LIMIT_MS = 10_000;
const MOST_OUTPUT = 64 * 1024 * 1024;
const PATH = `${process.env.PATH ?? ""}:/usr/sbin:/usr/bin:/sbin:/bin`;

/** What a tool printed; null: it is not installed, or it failed. */
export function said(tool: Tool, args: readonly string[]): string | null {
  const done = spawnSync(tool, [...args], {
    stdio: ["ignore", "pipe", "ignore"],
    env: { PATH, LC_ALL: "C" },
    encoding: "utf8",
    timeout: TIME_LIMIT_MS,
    killSignal: "SIGKILL",
    maxBuffer: MOST_OUTPUT,
  });
  return done.error === undefined && done.status === 0 ? done.stdout : null;
}

/** What it printed as JSON; null, too, when that cannot be read. iproute2 prints nothing for an empty list. */
export function saidJson(tool: Tool, args: readonly string[]): unknown {
  const text = said(tool, args);
  if (text === null) return null;
  try {
    return text.trim() === "" ? [] : (JSON.parse(text) as unknown);
  } catch {
    return null;
  }
}

/** A list of JSON; null if it is none. */
export function saidList(tool: Tool, args: readonly string[]): readonly unknown[] | null {
  const json = saidJson(tool, args);
  return Array.isArray(json) ? (json as readonly unknown[]) : null;
}
