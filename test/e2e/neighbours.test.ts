import { beforeAll, describe, expect, it } from "vitest";
import { type Ended, run } from "./bed.ts";
import { told, WAY, WHOLE } from "./neighbours-facts.ts";

describe.each(["bookworm", "trixie"] as const)("beside other managers (%s)", (release) => {
  let job: Ended;
  const { findings, fact, saved } = told(() => job);
  beforeAll(async () => {
    const args = ["networkd", "resolvconf", "ufw"];
    job = await run({ bed: "namespaces", release, job: "neighbours.sh", args, limit: 300 });
  });

  it("begins well", () => {
    expect(fact("way at first")).toBe(WAY.cable);
    expect(fact("client's way at first")).toBe(WAY.cable);
    expect(fact("networkd before")).toMatch(WHOLE);
    expect(findings("at-first").filter((line) => line.startsWith("error"))).toEqual([]);
  });

  describe("systemd-networkd", () => {
    it("deletes Waymark's rules when it configures a device, each time", () => {
      expect(fact("networkd at work")).not.toBe(fact("networkd before"));
      expect(fact("networkd again")).not.toBe(fact("networkd before"));
    });
    it("is mended by the next event, and keeps its own", () => {
      expect(fact("networkd, next event")).toBe(fact("networkd before"));
      expect(fact("networkd way")).toBe(WAY.cable);
      expect(saved("networkd-after")).toBe(saved("networkd-before"));
      expect(saved("networkd-after")).toMatch(/^500:/m);
    });
    it("is named by the doctor, whose remedy ends it", () => {
      expect(findings("networkd-ill")).toContain("error networkd-deletes-rules");
      expect(findings("networkd-ill")).toContain("error not-as-planned");
      expect(fact("networkd told off")).toBe(fact("networkd before"));
      expect(findings("networkd-well").filter((line) => line.startsWith("error"))).toEqual([]);
    });
  });

  describe("ufw", () => {
    it("shuts LAN clients out, which the doctor names, and whose remedy lets them", () => {
      expect(fact("ufw client shut out")).toMatch(/failed 3/);
      expect(findings("ufw-ill")).toContain("error forward-dropped");
      expect(saved("forward-dropped.remedy")).toMatch(/^ufw route allow in on lan0 out on eth0$/m);
      expect(fact("ufw client let")).toBe(WAY.cable);
      expect(findings("ufw-well").join()).not.toContain("forward-dropped");
    });
    it("takes nothing of Waymark's when it starts, is reloaded or ends", () => {
      for (const when of ["enabled", "reloaded", "disabled"])
        expect(fact(`ufw ${when}`)).toBe(fact("ufw without"));
      expect(fact("ufw way")).toBe(WAY.cable);
    });
    it("keeps its own over Waymark's events", () => {
      expect(saved("ufw-after")).toBe(saved("ufw-before"));
      expect(saved("ufw-after")).not.toBe(saved("ufw-without"));
    });
  });

  describe("resolvconf", () => {
    it("keeps what it is told", () => {
      expect(fact("resolvconf before")).toContain("nameserver 198.51.100.1");
      expect(fact("resolvconf after")).toBe(fact("resolvconf before"));
    });
    it("with the server of one line is named by the doctor", () => {
      expect(findings("resolvconf-ill")).toContain("warning dns-by-one-uplink");
      expect(findings("resolvconf-well").join()).not.toContain("dns");
    });
  });
});
