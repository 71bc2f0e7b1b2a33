import { describe, expect, it } from "vitest";
import { parsePrefix } from "../../../lib/net/prefix.ts";
import { quietHosts } from "../../../lib/reconcile/quiet-hosts.ts";

function hosts(network: string, taken: readonly string[], count: number): string[] {
  const prefix = parsePrefix(network);
  if (prefix === null) throw new Error(`${network} is no network`);
  return quietHosts(prefix, new Set(taken), count);
}

describe("hosts that nobody talks to", () => {
  it("are taken from the end, the broadcast address apart", () => {
    expect(hosts("192.168.1.0/24", [], 2)).toEqual(["192.168.1.254", "192.168.1.253"]);
  });

  it("are not the gateway, our own, or anybody we know", () => {
    expect(hosts("192.168.1.0/24", ["192.168.1.254", "192.168.1.252"], 2)).toEqual([
      "192.168.1.253",
      "192.168.1.251",
    ]);
  });

  it("are found across the bytes of a large network", () => {
    expect(hosts("10.0.0.0/8", [], 1)).toEqual(["10.255.255.254"]);
    expect(hosts("172.16.0.0/15", [], 1)).toEqual(["172.17.255.254"]);
    expect(hosts("224.0.0.0/1", [], 1)).toEqual(["255.255.255.254"]);
  });

  it("are none where there is nobody else", () => {
    expect(hosts("192.168.1.0/30", ["192.168.1.1", "192.168.1.2"], 2)).toEqual([]);
    expect(hosts("192.168.1.4/31", [], 2)).toEqual([]);
    expect(hosts("192.168.1.4/32", [], 2)).toEqual([]);
  });

  it("are not looked for without end", () => {
    const crowd = Array.from({ length: 254 }, (_, at) => `192.168.1.${at + 1}`);
    expect(hosts("192.168.1.0/24", crowd.slice(100), 2)).toEqual([]);
  });
});
