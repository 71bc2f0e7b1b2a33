/** A laptop with a cable and Wi-Fi in one LAN, both NetworkManager's (jobs/wifi.sh). */

import { beforeAll, describe, expect, it } from "vitest";
import { type Ended, run } from "./bed.ts";

interface Status {
  readonly uplinks: readonly { readonly name: string; readonly state: string; readonly reason: string }[];
  readonly choice: readonly string[];
}

/** In a bridge the cable's address stays when the cable goes, and NetworkManager says nothing; without one it does both. */
const LAPTOPS = [
  { debian: "Debian 12", release: "bookworm", version: "1.42", cable: "br0" },
  { debian: "Debian 13", release: "trixie", version: "1.52", cable: "eth0" },
] as const;

/** What is told of Wi-Fi that has lost its access point: that, or nothing. */
const GONE = /^(wlan0 down)?(,?\* connectivity-change)?$/;

describe.each(LAPTOPS)("a laptop with $debian, its cable in $cable", ({ release, version, cable }) => {
  let job: Ended;
  beforeAll(async () => {
    job = await run({ bed: "systemd", release, job: "wifi.sh", args: [cable], limit: 1500 });
  });
  const bridged = cable === "br0";
  const status = (name: string) => job.json<Status>(name);
  const states = (name: string) => status(name).uplinks.map((uplink) => `${uplink.name} ${uplink.state}`);
  const events = (step: string) => job.fact(`${step}: events`);
  /** Everything of a step that goes by one device: new connections, the table of the choice, what `status` says. */
  const expectWay = (step: string, way: "cable" | "wifi") => {
    const device = way === "wifi" ? "wlan0" : cable;
    expect(job.fact(step)).toBe(`${job.fact(way)} 3 failed 0`);
    expect(job.fact(`${step}: way`)).toContain(` dev ${device} table 87000 `);
    expect(status(step.replaceAll(" ", "-")).choice).toEqual([way]);
    // What NetworkManager has put into main is nobody else's.
    expect(job.fact(`${step}: main`)).toContain("proto dhcp");
    expect(job.fact(`${step}: main`)).not.toMatch(/proto (waymark|87)/);
  };
  /** The first connection, made by the cable, and the second, made by Wi-Fi, go on from the addresses they have. */
  const expectEarly = (step: string) => expect(job.fact(`${step}: early`)).toBe(job.fact("cable"));
  const expectLate = (step: string) => expect(job.fact(`${step}: late`)).toBe(job.fact("wifi"));

  it("has that NetworkManager, and nothing was waited for in vain", () => {
    expect(job.fact("version")).toMatch(`${version}.`);
    expect(job.facts("timeout")).toEqual([]);
  });

  describe("installed", () => {
    it("has a starting configuration that knows the cable from Wi-Fi", () => {
      expect(job.saved("starting")).toMatch(/^interface = "wlan0"$/m);
      expect(job.saved("starting")).toMatch(new RegExp(`^interface = "${cable}"`, "m"));
      if (bridged) expect(job.saved("starting")).toMatch(/^carrier = "eth0"/m);
      expect(job.saved("starting")).toMatch(/^verify = "gateway"/m);
      expect(status("installed").uplinks.map(({ state }) => state)).toEqual(["up", "up"]);
    });

    it("leaves NetworkManager's routes in main as they were", () => {
      expect(job.saved("main.installed")).toBe(job.saved("main.before"));
    });

    it("goes by the cable", () => {
      expect(states("applied")).toEqual(["cable up", "wifi up"]);
      expectWay("applied", "cable");
      expectEarly("applied");
    });
  });

  describe("cable out", () => {
    it("goes by Wi-Fi at once", () => {
      expect(job.fact("pulled, at once")).toBe(`${job.fact("wifi")} 3 failed 0`);
      if (bridged) expectEarly("pulled, at once");
    });

    it(`is ${bridged ? "not " : ""}told by NetworkManager`, () => {
      if (bridged) expect(events("pulled")).not.toMatch(/(eth0|br0) /);
      else expect(events("pulled")).toContain("eth0 down");
    });

    it("stays with Wi-Fi, and forgets the cable's neighbours", () => {
      expectWay("pulled", "wifi");
      expect(states("pulled")).toEqual(["cable down", "wifi up"]);
      expect(job.fact("pulled: neighbours")).toBe("0");
      if (bridged) expectEarly("pulled");
      expectLate("pulled");
    });
  });

  describe("from one access point to another", () => {
    it("goes on while it roams", () => {
      expect(events("roamed")).not.toMatch(/ (up|down)/);
      expectWay("roamed", "wifi");
      if (bridged) expectEarly("roamed");
      expectLate("roamed");
    });

    it("goes on when one falls silent and the other is there", () => {
      expectWay("out of range", "wifi");
      expectLate("out of range");
    });
  });

  describe("no access point", () => {
    it("has nowhere to go, whether NetworkManager says so or not", () => {
      expect(events("nowhere")).toMatch(GONE);
      expect(states("nowhere")).toEqual(["cable down", "wifi down"]);
      expect(status("nowhere").choice).toEqual([]);
    });

    it("is right again when there is one", () => {
      const wasTold = events("nowhere").includes("wlan0 down");
      const told = wasTold ? /wlan0 dhcp4-change,(.*,)?wlan0 up/ : /wlan0 dhcp4-change/;
      expect(events("access point back")).toMatch(told);
      expectWay("access point back", "wifi");
      expectLate("access point back");
    });
  });

  describe("radio", () => {
    it("off: has nowhere to go", () => {
      expect(events("radio off")).toContain("wlan0 down");
      expect(status("radio-off").choice).toEqual([]);
      expect(states("radio-off")).toEqual(["cable down", "wifi down"]);
    });

    it("on: is right again", () => {
      expect(events("radio on")).toContain("wlan0 up");
      expectWay("radio on", "wifi");
      expectLate("radio on");
    });
  });

  it("wakes up with Wi-Fi as it went to sleep, and the connection goes on", () => {
    // 1.42 tells of `down` before the machine sleeps, 1.52 behind it.
    expect(events("woken")).toMatch(/wlan0 pre-down,.*sleep post,.*wlan0 up/);
    expect(events("woken")).toContain("wlan0 down,");
    expectWay("woken", "wifi");
    expectLate("woken");
  });

  it("goes by the cable when it is back, and connections of both go on", () => {
    if (!bridged) expect(events("plugged")).toMatch(/eth0 dhcp4-change,(.*,)?eth0 pre-up,(.*,)?eth0 up/);
    expectWay("plugged", "cable");
    expectEarly("plugged");
    expectLate("plugged");
  });

  it("is not disturbed on the cable when Wi-Fi goes and comes", () => {
    expect(events("cable alone")).toMatch(GONE);
    expectWay("cable alone", "cable");
    expect(states("cable-alone")).toEqual(["cable up", "wifi down"]);
    expectEarly("cable alone");
    expectWay("both again", "cable");
    expect(states("both-again")).toEqual(["cable up", "wifi up"]);
  });

  describe("with waymark watch", () => {
    it("goes by Wi-Fi when the cable is pulled, and back; a connection whose address stays goes on at once", () => {
      if (bridged) expectEarly("watched, pulled at once");
      expectWay("watched, pulled", "wifi");
      expectWay("watched, plugged", "cable");
    });

    it("wakes up without the cable that it went to sleep with", () => {
      expect(events("pulled asleep")).toMatch(/wlan0 down.*sleep post.*wlan0 up/);
      expectWay("pulled asleep", "wifi");
    });

    it("wakes up with the cable that came meanwhile", () => {
      expectWay("plugged asleep", "cable");
      expectEarly("plugged asleep");
      expectLate("plugged asleep");
    });
  });

  it("has nothing of its own in main at the end", () => {
    expect(job.saved("main.end")).not.toMatch(/proto (87|waymark)/);
    expect(job.saved("main.end").match(/^default/gm)).toHaveLength(2);
  });
});
