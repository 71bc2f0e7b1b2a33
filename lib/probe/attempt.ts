/** One question to one target through a socket of its own, and what its errors mean. */

import type { Family } from "../net/prefix.ts";

/** Where an attempt leads, and from where. */
export interface Leg {
  /** The uplink's address. */
  readonly from: string;
  readonly family: Family;
  /** Canonical address of who is asked. */
  readonly to: string;
  readonly port: number;
}

/** How an attempt ends. Not ending at all is silence. */
export type End =
  | { readonly kind: "answered" }
  /** An answer, or word that there will be none, but not the one that shows a line that works. */
  | { readonly kind: "wrong"; readonly why: string }
  | { readonly kind: "cannot-run"; readonly why: string };

/**
 * Begins an attempt.
 * @param end called once at most, never before this returns
 * @returns gives it up; nothing is told any more, and nothing of it is left
 */
export type Attempt = (end: (end: End) => void) => () => void;

/** Errors that are this machine's, not the line's: errno(3). */
const HERE: Readonly<Record<string, string>> = {
  EACCES: "this machine's packet filter forbids it",
  EPERM: "this machine's packet filter forbids it",
  EADDRNOTAVAIL: "the uplink's address is gone",
  EADDRINUSE: "no port is free",
  EMFILE: "too many files are open",
  ENFILE: "too many files are open",
  ENOBUFS: "no memory is free",
  ENOMEM: "no memory is free",
};

/** What the network says: an ICMP message, or the kernel for want of a way. */
const THERE: Readonly<Record<string, string>> = {
  EHOSTUNREACH: "no route to host",
  ENETUNREACH: "network is unreachable",
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset",
  ENETDOWN: "network is down",
  EPROTO: "protocol error",
};

/** What an error of a socket's amounts to. Its text may be the other end's: only its code is told. */
export function endOf(error: { readonly code?: string | undefined }): End {
  const code = /^[A-Z][A-Z0-9_]{1,60}$/.test(error.code ?? "") ? (error.code ?? "") : "unknown error";
  const here = HERE[code];
  if (here !== undefined) return { kind: "cannot-run", why: `${here} (${code})` };
  return { kind: "wrong", why: THERE[code] ?? code };
}
