import { describe, expect, it } from "vitest";
import { carriedBy, carriedIn } from "../../../lib/kernel/carried.ts";

const TEXT = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 1000      10    0    0    0     0          0         0     1000      10    0    0    0     0       0          0
  ppp0: 2000      20    1    0    0     0          0         0     3000      30    0    0    0     0       0          0
 ppp0:1: 7        7    1    0    0     0          0         0     7      7    0    0    0     0       0          0
 short: 1 2
`;

describe("what a device has carried", () => {
  const tells = (device: string, expected: unknown) =>
    it(device, () => expect(carriedIn(TEXT, device)).toEqual(expected));
  tells("ppp0", { received: 20, bytes: 5000 });
  tells("ppp0:1", { received: 7, bytes: 14 });
  tells("ppp", null);
  tells("short", null);
});

it("is told of this machine's loopback", () => {
  expect(carriedBy("lo")).toEqual({ received: expect.any(Number), bytes: expect.any(Number) });
});
