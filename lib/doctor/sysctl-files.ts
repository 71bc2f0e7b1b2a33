/** Where a kernel setting is written down: the files of sysctl.d(5), sysctl.conf(5) and ufw. */

import type { Facts } from "./facts.ts";
import { type Line, linesOf } from "./lines.ts";

export interface SysctlLine extends Line {
  readonly value: string;
}

/**
 * The lines that set a key, in any file.
 * @param key `net.ipv4.conf.eth0.rp_filter`: dots, as sysctl(8) prints it; a name may itself contain dots
 */
export function sysctlLines({ files }: Facts, key: string): SysctlLine[] {
  return Object.entries(files)
    .filter(([path]) => /\/sysctl\.d\/[^/]+\.conf$|\/sysctl\.conf$/.test(path))
    .flatMap(([path, text]) => linesOf(path, text))
    .flatMap((line) => {
      const [, name = "", value = ""] = /^-?([^=\s]+)\s*=\s*(.*)$/.exec(line.text) ?? [];
      return fits(name, key) ? [{ ...line, value }] : [];
    });
}

/** `net/ipv4/conf/all/rp_filter` and `net.ipv4.conf.*.rp_filter` are ways of saying it. */
function fits(pattern: string, key: string): boolean {
  const parts = (text: string) => text.replaceAll("/", ".").split("*");
  const [first = "", ...rest] = parts(pattern);
  if (rest.length === 0) return first === key;
  const last = rest.at(-1) ?? "";
  return key.length >= first.length + last.length && key.startsWith(first) && key.endsWith(last);
}

/** The path below /proc/sys of a key of one device. */
export function devicePath(family: "ipv4" | "ipv6", device: string, key: string): string {
  return `/proc/sys/net/${family}/conf/${device}/${key}`;
}
