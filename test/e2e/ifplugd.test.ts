/** A laptop whose cable and Wi-Fi stand on one LAN, with ifplugd and without it (jobs/ifplugd.sh). */

import { beforeAll, describe, expect, it } from "vitest";
import { type Ended, run } from "./bed.ts";

interface Status {
  readonly uplinks: readonly { readonly name: string; readonly state: string; readonly reason: string }[];
  readonly choice: readonly string[];
}

const CABLE = "192.168.1.5 3 failed 0";
const WLAN = "192.168.1.6 3 failed 0";

describe("ifplugd 0.28, Debian 12", () => {
  let job: Ended;
  beforeAll(async () => {
    job = await run({ bed: "namespaces", release: "bookworm", job: "ifplugd.sh", limit: 240 });
  });
  const status = (name: string) => job.json<Status>(name);

  it("has Debian's own action beside Waymark's", () => {
    expect(job.saved("actions").split("\n")).toEqual(expect.arrayContaining(["ifupdown", "waymark"]));
  });

  it("goes by the cable while it is in", () => {
    expect(job.fact("choice")).toContain('["cable"]');
    expect(job.fact("cable in")).toBe(CABLE);
  });

  it("goes by Wi-Fi from the moment the cable is out", () => {
    expect(job.fact("pulled, at once")).toBe(WLAN);
    expect(job.fact("pulled")).toBe(WLAN);
  });

  it("says why", () => {
    expect(status("pulled").choice).toEqual(["wlan"]);
    expect(status("pulled").uplinks.find(({ name }) => name === "cable")?.state).toBe("down");
  });

  it("keeps nobody in the neighbour table of the device whose cable is out", () => {
    expect(job.saved("pulled.neighbours")).not.toMatch(/REACHABLE|STALE|DELAY|PROBE/);
  });

  it("goes by the cable again when it is back and its gateway has answered", () => {
    expect(status("plugged").choice).toEqual(["cable"]);
    expect(job.fact("plugged")).toBe(CABLE);
  });

  it("keeps a connection, with its address, over both switches", () => {
    expect(["before", "pulled", "plugged"].map((when) => job.fact(`held: ${when}`))).toEqual(
      Array(3).fill("192.168.1.5"),
    );
  });

  it("is told of each change by ifplugd and by the ifupdown that it runs", () => {
    const told = job.fact("told").split(",");
    expect(told).toEqual(expect.arrayContaining(["ifplugd eth0 down", "ifupdown eth0 down"]));
    expect(told).toEqual(expect.arrayContaining(["ifplugd eth0 up", "ifupdown eth0 up"]));
  });

  it("believes the carrier, when ifplugd ends and says that a cable is out that is in", () => {
    expect(Number(job.fact("told of a cable that is in"))).toBeGreaterThan(0);
    expect(status("ended").choice).toEqual(["cable"]);
    expect(job.fact("ended")).toBe(CABLE);
  });
});

describe("without ifplugd, Debian 13", () => {
  let job: Ended;
  beforeAll(async () => {
    job = await run({ bed: "namespaces", release: "trixie", job: "ifplugd.sh", args: ["none"], limit: 240 });
  });

  it("is told of nothing", () => expect(job.fact("told")).toBe(""));

  it("goes by Wi-Fi from the moment the cable is out, and by the cable when it is back", () => {
    expect(job.fact("cable in")).toBe(CABLE);
    expect(job.fact("pulled, at once")).toBe(WLAN);
    expect(job.fact("plugged")).toBe(CABLE);
  });

  it("knows what it sees when it is asked", () => {
    const { uplinks } = job.json<Status>("pulled");
    expect(uplinks.find(({ name }) => name === "cable")).toMatchObject({
      state: "down",
      reason: "no carrier on eth0",
    });
  });

  it("has a connection of before wait, since nobody tells the LAN where its address is now", () => {
    expect(["before", "plugged"].map((when) => job.fact(`held: ${when}`))).toEqual(
      Array(2).fill("192.168.1.5"),
    );
  });

  it("keeps it over both switches where waymark watch runs", () => {
    const when = ["watched", "pulled, watched", "plugged, watched"];
    expect(when.map((name) => job.fact(`held: ${name}`))).toEqual(Array(3).fill("192.168.1.5"));
  });

  it("has doctor say that nobody tells of the cable", () => {
    expect(job.saved("doctor")).toMatch(/nobody tells Waymark of the cable of eth0.*\[carrier-unwatched\]/);
  });
});
