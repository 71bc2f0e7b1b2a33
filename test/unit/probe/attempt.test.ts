import { expect, it } from "vitest";
import { endOf } from "../../../lib/probe/attempt.ts";

it.each([
  ["EADDRNOTAVAIL", "cannot-run", "the uplink's address is gone (EADDRNOTAVAIL)"],
  ["EPERM", "cannot-run", "this machine's packet filter forbids it (EPERM)"],
  ["EMFILE", "cannot-run", "too many files are open (EMFILE)"],
  ["EHOSTUNREACH", "wrong", "no route to host"],
  ["ENETUNREACH", "wrong", "network is unreachable"],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", "wrong", "DEPTH_ZERO_SELF_SIGNED_CERT"],
  ["HPE_INVALID_CONSTANT", "wrong", "HPE_INVALID_CONSTANT"],
  [undefined, "wrong", "unknown error"],
  ["evil\u001b[2J", "wrong", "unknown error"],
])("%j", (code, kind, why) => expect(endOf({ code })).toEqual({ kind, why }));
