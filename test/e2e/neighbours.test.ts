import { beforeAll, describe, expect, it } from "vitest";
import { type Ended, run } from "./bed.ts";

/** Who the server sees when a connection goes by the first line, or through the tunnel. */
const WAY = { cable: "198.51.100.2 3 failed 0", tunnel: "10.66.0.2 3 failed 0" } as const;

/** What a job told, in the words of these scenarios. */
function told(job: () => Ended) {
  return {
    findings: (name: string) =>
      (job().json(name) as { findings: readonly { id: string; severity: string }[] }).findings.map(
        ({ id, severity }) => `${severity} ${id}`,
      ),
    fact: (name: string) => job().fact(name).trim(),
    saved: (name: string) => job().saved(name),
  };
}

const WHOLE = /^[1-9]\d* rules, [1-9]\d* routes, filter yes$/;

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
    it("deletes a rule of Waymark's when it goes, which the next event brings back", () => {
      expect(fact("wireguard before")).toBe(whole);
      expect(fact("wireguard down")).not.toBe(whole);
      expect(fact("wireguard down, next event")).toBe(whole);
      expect(saved("wireguard-after")).toBe(saved("wireguard-before"));
      expect(fact("way after wireguard")).toBe(WAY.cable);
    });
  });
});
