/** The package in an image that boots for the first time, on Debian 12 and 13. */

import { beforeAll, describe, expect, it } from "vitest";
import { type Ended, run } from "./bed.ts";
import { ACTIVE, BOTH_UP, BY_FIRST, bring, RELEASES, units, working } from "./installation-facts.ts";

describe.each(RELEASES)("the package in an image of $debian, in a guest", ({ release }) => {
  let job: Ended;
  beforeAll(async () => {
    job = await run({
      bed: "systemd",
      release,
      job: "installation-boot.sh",
      prepare: "installation-image.sh",
      limit: 600,
      bring,
    });
  });

  it("starts nothing while the image is made", () => {
    expect(job.saved("kernel-packaged")).toBe(job.saved("kernel-before"));
  });

  it("is at work after the first boot", () => {
    expect(units(job.saved("units"))).toMatchObject(ACTIVE);
    expect(working(job)).toEqual(BOTH_UP);
    expect(job.fact("way")).toBe(BY_FIRST);
    expect(job.fact("failed").trim()).toBe("");
  });

  it("outlives what is done to nftables.service", () => {
    for (const action of ["reload", "restart", "stop and start"])
      expect(job.output).toContain(`Waymark's table is back after ${action}`);
    expect(units(job.saved("units-after"))).toMatchObject(ACTIVE);
    expect(job.fact("order")).toBe("1");
  });
});
