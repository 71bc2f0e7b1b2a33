/** What a device has carried, from /proc/net/dev: the one place that is always of this process's network namespace. */

import { readFileSync } from "node:fs";

/** What a device has carried since it was made. */
export interface Carried {
  /** Packets that came in. */
  readonly received: number;
  /** Bytes, both ways. */
  readonly bytes: number;
}

/** Of this device; null: there is none, or it cannot be told. */
export function carriedBy(device: string): Carried | null {
  try {
    return carriedIn(readFileSync("/proc/net/dev", "latin1"), device);
  } catch {
    // Without /proc there is no such evidence; the checks go on without it.
    return null;
  }
}

/**
 * The same, of a text of that form: a line `name: ` and sixteen numbers for each device (proc_net_dev(5)), of which the
 * first two are bytes and packets that came in, the ninth is bytes that went out.
 */
export function carriedIn(text: string, device: string): Carried | null {
  for (const line of text.split("\n")) {
    const colon = line.lastIndexOf(":");
    if (colon < 0 || line.slice(0, colon).trim() !== device) continue;
    const [bytesIn, received, , , , , , , bytesOut] = line
      .slice(colon + 1)
      .trim()
      .split(/\s+/)
      .map(Number);
    if (bytesIn === undefined || received === undefined || bytesOut === undefined) return null;
    return { received, bytes: bytesIn + bytesOut };
  }
  return null;
}
