import { describe, expect, it } from "vitest";
import type { CheckTarget } from "../../../lib/config/types.ts";
import { destinationOf, gapsOf, senderOf } from "../../../lib/probe/askers.ts";
import { pingArguments } from "../../../lib/probe/ping.ts";
import { aCheck } from "./support.ts";

const LINE = { interface: "eth0", address: "192.0.2.5", family: 4, mark: 0x100 } as const;
const target = (name: string, port: number | null): CheckTarget => ({
  name,
  family: 4,
  host: "9.9.9.9",
  port,
});

describe("where probes go", () => {
  it.each([
    ["ping", target("9.9.9.9", null), { protocol: "icmp", port: null }],
    ["tcp", target("9.9.9.9:443", 443), { protocol: "tcp", port: 443 }],
    ["dns", target("9.9.9.9", null), { protocol: "udp", port: 53 }],
    ["dns", target("9.9.9.9:5353", 5353), { protocol: "udp", port: 5353 }],
    ["http", target("http://9.9.9.9/", null), { protocol: "tcp", port: 80 }],
    ["http", target("https://9.9.9.9/", null), { protocol: "tcp", port: 443 }],
    ["http", target("https://9.9.9.9:8443/", 8443), { protocol: "tcp", port: 8443 }],
  ] as const)("%s %j", (method, to, expected) =>
    expect(destinationOf(aCheck({ method }), to, "9.9.9.9")).toEqual({ address: "9.9.9.9", ...expected }),
  );
  it("pings are bound to the device, others can be to the address only", () => {
    expect(senderOf(aCheck(), LINE).bound).toBe("device");
    expect(senderOf(aCheck({ method: "tcp" }), LINE).bound).toBe("address");
  });
});

describe("ping", () => {
  it("by device, address and mark", () =>
    expect(
      pingArguments({ ...LINE, target: "9.9.9.9", gaps: { hurried: 250, usual: 900 } }, 250).join(" "),
    ).toBe("-4 -n -O -I eth0 -I 192.0.2.5 -m 256 -i 0.250 9.9.9.9"));
  it.each([
    [1000, 1, { hurried: 250, usual: 900 }],
    [1000, 2, { hurried: 500, usual: 900 }],
    [1000, 8, { hurried: 900, usual: 900 }],
    [100, 1, { hurried: 50, usual: 90 }],
  ])("every %i ms to %i targets: gaps that leave room for the usual probes", (interval, count, expected) =>
    expect(gapsOf(aCheck({ interval }), count)).toEqual(expected),
  );
});
