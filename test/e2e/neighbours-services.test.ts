import { beforeAll, describe, expect, it } from "vitest";
import { type Ended, run } from "./bed.ts";
import { told, WAY, WHOLE } from "./neighbours-facts.ts";

describe("beside services and tunnels", () => {
  let job: Ended;
  let whole: string;
  const { findings, fact, saved } = told(() => job);
  beforeAll(async () => {
    job = await run({
      bed: "systemd",
      release: "bookworm",
      job: "neighbours.sh",
      args: ["nftables", "wireguard"],
      limit: 900,
      // It would give the devices addresses of its own.
      append: "systemd.mask=NetworkManager.service",
    });
    whole = fact("reload before");
  });

  it("begins well", () => {
    expect(fact("way at first")).toBe(WAY.cable);
    expect(whole).toMatch(WHOLE);
  });

  describe("nftables.service", () => {
    it("flushes everything, and Waymark is put back with it: reload and restart", () => {
      expect(fact("reload after")).toBe(`${whole}, service active`);
      expect(fact("restart after")).toBe(`${whole}, service active`);
    });
    it("loaded by hand takes the table along until the next event", () => {
      expect(fact("by hand")).toMatch(/filter no$/);
      expect(fact("by hand, next event")).toBe(whole);
      expect(fact("reload way")).toBe(WAY.cable);
    });
    it("keeps its own", () => expect(saved("reload-after")).toBe(saved("reload-before")));
    it("is named by the doctor", () => expect(findings("reload-doctor")).toContain("note ruleset-flushed"));
  });

  describe("wg-quick", () => {
    it("takes everything into its tunnel, which goes by the first line", () => {
      expect(fact("wireguard way")).toBe(WAY.tunnel);
      expect(fact("wireguard outside")).toBe("198.51.100.2");
      expect(findings("wireguard-doctor")).toContain("note tunnel-takes-all");
      expect(findings("wireguard-doctor").filter((line) => line.startsWith("error"))).toEqual([]);
    });
    it("goes on by the second line when the first dies", () => {
      expect(fact("wireguard outside, first line dead")).toBe("198.51.101.2");
      expect(fact("wireguard way, first line dead")).toBe(WAY.tunnel);
    });
    it("keeps its rules and its table over Waymark's events", () =>
      expect(saved("wireguard-event")).toBe(saved("wireguard-up")));
    it("deletes a rule of Waymark's too when it goes, which the service brings back at once, or the next event", () => {
      expect(fact("wireguard before")).toBe(whole);
      expect(saved("wg-down").match(/rule delete table main suppress_prefixlength 0/g)).toHaveLength(2);
      expect(fact("wireguard down, next event")).toBe(whole);
      expect(saved("wireguard-after")).toBe(saved("wireguard-before"));
      expect(fact("way after wireguard")).toBe(WAY.cable);
    });
  });
});
