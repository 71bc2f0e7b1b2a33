/** A machine whose interfaces ifupdown brings up (jobs/ifupdown.sh). */

import { beforeAll, describe, expect, it } from "vitest";
import { type Ended, run } from "./bed.ts";

interface Status {
  readonly uplinks: readonly {
    readonly name: string;
    readonly state: string;
    readonly gateway: string | null;
  }[];
  readonly choice: readonly string[];
}

const CABLE = "100.64.1.50 3 failed 0";
const FIXED = "100.64.2.9 3 failed 0";

const DEBIANS = [
  { version: "0.8.41", release: "bookworm" },
  { version: "0.8.44", release: "trixie" },
] as const;

/** Both at once: they wait most of the time. */
const jobs = new Map<string, Ended>();
beforeAll(async () => {
  await Promise.all(
    DEBIANS.map(async ({ release }) => {
      jobs.set(release, await run({ bed: "namespaces", release, job: "ifupdown.sh", limit: 400 }));
    }),
  );
});

describe.each(DEBIANS)("ifupdown $version, $release", ({ release }) => {
  let job: Ended;
  beforeAll(() => {
    job = jobs.get(release) as Ended;
  });
  const states = (name: string) =>
    job.json<Status>(name).uplinks.map((uplink) => `${uplink.name} ${uplink.state}`);

  describe("at boot, with nobody but the hooks", () => {
    it("brings up all that comes up without Waymark", () => {
      for (const what of ["ifup", "up", "addresses"])
        expect(job.fact(`hooked: ${what}`)).toBe(job.fact(`bare: ${what}`));
      expect(job.fact("hooked: ifup")).toBe("0");
      expect(job.fact("hooked: up")).toBe("dsl,eth0,eth1,lo");
    });

    it("leaves main as ifup made it", () => {
      const routes = (name: string) => job.saved(name).replaceAll(/ +\n/g, "\n");
      expect(routes("main.hooked")).toBe(routes("main.bare"));
    });

    it("is at work, with the gateways of the lease and of the stanza", () => {
      expect(states("hooked")).toEqual(["cable up", "fixed up", "dsl absent"]);
      expect(job.json<Status>("hooked").uplinks.map(({ gateway }) => gateway)).toEqual([
        "100.64.1.1",
        "100.64.2.1",
        null,
      ]);
      expect(job.fact("hooked")).toBe(FIXED);
    });

    it("answers from the other line's address by that line", () => {
      expect(job.fact("hooked: from eth0")).toMatch(/via 100\.64\.1\.1 dev eth0/);
    });

    it("has IPv6 of the inet6 stanza", () => {
      expect(job.fact("hooked: ipv6")).toMatch(/via 2001:db8:2::1 dev eth1/);
      expect(job.saved("rules6")).toContain("from 2001:db8:2::9 lookup");
    });

    it("takes no notice of the name of a PPP stanza", () => {
      expect(job.fact("told of dsl")).toBe("0");
      expect(job.saved("pppd")).toMatch(/pon dsl$/m);
    });
  });

  it("follows one interface down and up", () => {
    expect(job.fact("eth1 down")).toBe(CABLE);
    expect(states("eth1-down")).toEqual(["cable up", "fixed down", "dsl absent"]);
    expect(job.fact("eth1 up")).toBe(FIXED);
  });

  it("has nowhere to go when all are down", () => {
    expect(job.json<Status>("down").choice).toEqual([]);
  });

  it.each([
    ["wrong", "a configuration that is wrong"],
    ["unconfigured", "no configuration"],
    ["nodeless", "no node"],
    ["roomless", "no directory to note things in"],
  ])("brings up all the same with %s: %s", (name) => {
    for (const what of ["ifup", "up", "addresses", "ifdown"])
      expect(job.fact(`${name}: ${what}`)).toBe(job.fact(`bare: ${what}`));
  });

  it("is at work again when all is well again", () => expect(job.fact("again")).toBe(FIXED));
});
