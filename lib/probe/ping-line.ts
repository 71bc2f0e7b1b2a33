/** Reads what iputils' `ping -n -O` prints; it is the same in 20221126 and 20240905. Pure. */

import { parseAddress } from "../net/prefix.ts";

export type PingLine =
  /** @property rtt milliseconds; null: it says none */
  | { readonly kind: "reply"; readonly number: number; readonly rtt: number | null }
  /** Nothing came back of the probe with this number; the next one goes out just now. */
  | { readonly kind: "silence"; readonly number: number };

const REPLY = /^\d+ bytes from (\S+): icmp_seq=(\d{1,5})(?: ttl=\d+)?(?: time=(\d+(?:\.\d+)?) ms)?(.*)$/;
const SILENCE = /^no answer yet for icmp_seq=(\d{1,5})$/;

/**
 * @param target who was asked; an answer of anybody else, a second one, or a damaged one is none
 * @returns null for any other line
 */
export function readPingLine(line: string, target: string): PingLine | null {
  const silence = SILENCE.exec(line);
  if (silence !== null) return { kind: "silence", number: Number(silence[1]) };
  const reply = REPLY.exec(line);
  if (reply === null) return null;
  const [, from = "", number, rtt, more] = reply;
  // " (DUP!)", " (BAD CHECKSUM!)", " (DIFFERENT ADDRESS!)", " (truncated)"
  if (more !== "" || parseAddress(withoutZone(from))?.address !== target) return null;
  return { kind: "reply", number: Number(number), rtt: rtt === undefined ? null : Number(rtt) };
}

/**
 * Why probes that ping says it sends do not leave as they should, from a line of its standard error; null: it is no such
 * line. (Of an IPv4 packet that the filter drops it says nothing at all.)
 * @param mark what its packets are to bear, as it is shown
 */
export function readPingComplaint(line: string, mark: string): string | null {
  // It goes on without the mark, that is, perhaps by another uplink.
  if (line.includes("failed to set mark")) {
    return `ping may not mark its packets with ${mark}: it needs CAP_NET_ADMIN`;
  }
  return line.endsWith("sendmsg: Operation not permitted")
    ? "ping: this machine's packet filter forbids it (EPERM)"
    : null;
}

/** `fe80::1%eth0` is fe80::1 on eth0. */
function withoutZone(address: string): string {
  return address.replace(/%.*$/, "");
}
